package render

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// fourObjects is what the benchmarks of the whole agent deploy a thousand of.
const fourObjects = `apiVersion: v1
kind: ServiceAccount
metadata:
  name: app-0001
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-0001
  labels:
    app.kubernetes.io/name: app-0001
spec:
  replicas: 0
  selector:
    matchLabels:
      app.kubernetes.io/name: app-0001
  template:
    metadata:
      labels:
        app.kubernetes.io/name: app-0001
    spec:
      serviceAccountName: app-0001
      containers:
      - name: app
        image: ghcr.io/example/app:1.0.0
        ports:
        - name: http
          containerPort: 8080
        env:
        - name: VERSION
          value: "1"
        readinessProbe:
          httpGet: {path: /ready, port: http}
        resources:
          requests: {cpu: 10m, memory: 32Mi}
          limits: {memory: 64Mi}
---
apiVersion: v1
kind: Service
metadata:
  name: app-0001
spec:
  selector:
    app.kubernetes.io/name: app-0001
  ports:
  - name: http
    port: 80
    targetPort: http
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: app-0001
spec:
  rules:
  - host: app-0001.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: app-0001
            port: {name: http}
`

func BenchmarkRender(b *testing.B) {
	web := request(guide.EngineChart, map[string]string{"Dockerfile": ""}, ".")
	web.Guide.Chart = os.DirFS("../spotguides/web/chart")
	web.Match.Facts = map[string]string{"image": "x", "port": "80"}
	chart := chartFiles(strings.ReplaceAll(fourObjects, "app-0001", "{{ .Release.Name }}"))
	var large strings.Builder
	for i := range 500 {
		fmt.Fprintf(&large, "---\n%s", strings.ReplaceAll(fourObjects, "app-0001", fmt.Sprintf("app-%04d", i)))
	}
	for name, req := range map[string]Request{
		"manifests":      request(guide.EngineManifests, map[string]string{"app.yaml": fourObjects}, "."),
		"manifests-2000": request(guide.EngineManifests, map[string]string{"app.yaml": large.String()}, "."),
		"kustomize":      request(guide.EngineKustomize, map[string]string{"app.yaml": fourObjects, "kustomization.yaml": "resources: [app.yaml]\nnamePrefix: x-\n"}, "."),
		"helm":           request(guide.EngineHelm, chart, "chart"),
		"chart":          web,
	} {
		b.Run(name, func(b *testing.B) {
			r := renderer(b, Limits{})
			// Start the worker and let Kustomize read its schema.
			if _, err := r.Render(b.Context(), req); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Render(b.Context(), req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
