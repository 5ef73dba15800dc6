package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
)

// The objects of an application, in the order in which the floor sends them.
// NAME and VERSION are replaced.
const (
	serviceAccount = `apiVersion: v1
kind: ServiceAccount
metadata:
  name: NAME
`
	service = `apiVersion: v1
kind: Service
metadata:
  name: NAME
spec:
  selector: {app: NAME}
  ports:
  - name: http
    port: 80
    targetPort: 8080
`
	deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
  labels: {bench: "true"}
  annotations: {bench-version: "VERSION"}
spec:
  replicas: 0
  selector:
    matchLabels: {app: NAME}
  template:
    metadata:
      labels: {app: NAME}
    spec:
      serviceAccountName: NAME
      containers:
      - name: main
        image: registry.example.com/app:1
        env:
        - name: RELEASE
          value: "VERSION"
        ports:
        - containerPort: 8080
        resources:
          requests: {cpu: 10m, memory: 16Mi}
`
	ingress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: NAME
spec:
  rules:
  - host: NAME.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: NAME
            port: {number: 80}
`
)

func fill(template, name string, version int) []byte {
	return []byte(strings.NewReplacer("NAME", name, "VERSION", fmt.Sprint(version)).Replace(template))
}

// write puts the application's files into the clone.
func (f *field) write(i, version int) error {
	app := name("app", i)
	dir := filepath.Join(f.Worktree, "apps", app)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for file, template := range map[string]string{
		"serviceaccount.yaml": serviceAccount, "service.yaml": service, "deployment.yaml": deployment, "ingress.yaml": ingress,
	} {
		if err := os.WriteFile(filepath.Join(dir, file), fill(template, app, version), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// floor applies one template to every namespace of the prefix from memory.
func (f *field) floor(ctx context.Context, templates []string, version int) error {
	type job struct {
		client          rest.Interface
		resource        string
		namespace, name string
		body            []byte
	}
	clients := f.Client.(*kubernetes.Clientset)
	var jobs []job
	for i := range f.n {
		for _, t := range templates {
			j := job{namespace: name("floor", i), name: name("floor", i), body: fill(t, name("floor", i), version)}
			switch t {
			case deployment:
				j.client, j.resource = clients.AppsV1().RESTClient(), "deployments"
			case ingress:
				j.client, j.resource = clients.NetworkingV1().RESTClient(), "ingresses"
			case service:
				j.client, j.resource = clients.CoreV1().RESTClient(), "services"
			case serviceAccount:
				j.client, j.resource = clients.CoreV1().RESTClient(), "serviceaccounts"
			}
			jobs = append(jobs, j)
		}
	}
	force := true
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, j := range jobs {
		group.Go(func() error {
			return j.client.Patch(types.ApplyPatchType).Namespace(j.namespace).Resource(j.resource).Name(j.name).
				VersionedParams(&metav1.PatchOptions{FieldManager: "floor", Force: &force}, scheme.ParameterCodec).
				Body(j.body).Do(ctx).Error()
		})
	}
	return group.Wait()
}
