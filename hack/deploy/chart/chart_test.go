package chart

import (
	"strings"
	"testing"
)

const dir = "../../../deploy/chart"

func file(t *testing.T, values map[string]any, name string) string {
	t.Helper()
	files, err := Render(dir, "spotguide", "spotguide-system", values)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Name == name {
			return f.Content
		}
	}
	return ""
}

// TestValues checks what values change, by a line that they bring or take away.
func TestValues(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0", 64)
	tests := map[string]struct {
		values map[string]any
		file   string
		want   string
		absent string
	}{
		"image by tag":       {map[string]any{"image": map[string]any{"repository": "r.example/x", "tag": "v1"}}, "deployment.yaml", "image: r.example/x:v1\n", ""},
		"image by digest":    {map[string]any{"image": map[string]any{"digest": digest}}, "deployment.yaml", "image: spotguide@" + digest + "\n", ""},
		"a file of config":   {map[string]any{"config": map[string]any{"allowHTTP": true}}, "configmap.yaml", "    allowHTTP: true\n", ""},
		"no binding":         {map[string]any{"tenants": map[string]any{"bind": false}}, "clusterrole.yaml", "impersonate", "rolebindings]\n  verbs: [create]"},
		"no binding flag":    {map[string]any{"tenants": map[string]any{"bind": false}}, "deployment.yaml", "- --tenant-role=\n", ""},
		"accounts":           {map[string]any{"tenants": map[string]any{"serviceAccounts": []any{"a", "b"}}}, "clusterrole.yaml", `resourceNames: ["a","b"]`, ""},
		"no policy":          {map[string]any{"policy": map[string]any{"enabled": false}}, "policy.yaml", "", "kind"},
		"one replica":        {map[string]any{"replicas": 1}, "poddisruptionbudget.yaml", "", "kind"},
		"no network policy":  {map[string]any{"networkPolicy": map[string]any{"enabled": false}}, "networkpolicy.yaml", "", "kind"},
		"ports":              {map[string]any{"networkPolicy": map[string]any{"egressPorts": []any{8443}}}, "networkpolicy.yaml", "{port: 8443, protocol: TCP}", "6443"},
		"no monitor":         {nil, "servicemonitor.yaml", "", "kind"},
		"a monitor":          {map[string]any{"serviceMonitor": map[string]any{"enabled": true}}, "servicemonitor.yaml", "path: /metrics", ""},
		"webhook":            {map[string]any{"webhook": map[string]any{"secretName": "hooks"}}, "deployment.yaml", "--webhook-secret-file=/etc/spotguide-webhook/secret", ""},
		"webhook's secret":   {map[string]any{"webhook": map[string]any{"secretName": "hooks"}}, "deployment.yaml", "secret: {secretName: hooks}", ""},
		"custom resources":   {map[string]any{"customResources": []any{map[string]any{"apiGroups": []any{"a.b"}, "resources": []any{"cs"}}}}, "clusterrole-watch.yaml", `- apiGroups: ["a.b"]`, ""},
		"scheduling":         {map[string]any{"priorityClassName": "system-cluster-critical"}, "deployment.yaml", "priorityClassName: system-cluster-critical\n", ""},
		"notes on the above": {map[string]any{"policy": map[string]any{"enabled": false}}, "NOTES.txt", "policy.enabled is off", "tenants.bind is off"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			content := file(t, tt.values, tt.file)
			if !strings.Contains(content, tt.want) {
				t.Errorf("%s has no %q:\n%s", tt.file, tt.want, content)
			}
			if tt.absent != "" && strings.Contains(content, tt.absent) {
				t.Errorf("%s has %q:\n%s", tt.file, tt.absent, content)
			}
		})
	}
}

func TestReleaseName(t *testing.T) {
	for release, want := range map[string]string{"spotguide": "spotguide", "my-spotguide": "my-spotguide", "prod": "prod-spotguide"} {
		files, err := Render(dir, release, "apps", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if f.Name == "deployment.yaml" && !strings.Contains(f.Content, "  name: "+want+"\n  namespace: apps\n") {
				t.Errorf("release %s: no Deployment apps/%s", release, want)
			}
		}
	}
}

// TestSchemaRefuses checks that a mistyped value is told and not ignored.
func TestSchemaRefuses(t *testing.T) {
	tests := map[string]struct {
		values map[string]any
		want   string
	}{
		"an unknown value":           {map[string]any{"replica": 2}, "replica"},
		"an unknown setting":         {map[string]any{"config": map[string]any{"allowHttp": true}}, "allowHttp"},
		"a level that is none":       {map[string]any{"config": map[string]any{"logLevel": "loud"}}, "logLevel"},
		"text for a number":          {map[string]any{"replicas": "two"}, "replicas"},
		"every account by mistake":   {map[string]any{"tenants": map[string]any{"serviceAccounts": []any{}}}, "serviceAccounts"},
		"a digest that is a tag":     {map[string]any{"image": map[string]any{"digest": "v1"}}, "digest"},
		"a memory limit with a unit": {map[string]any{"goMemoryLimit": "460Mi"}, "goMemoryLimit"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Render(dir, "spotguide", "spotguide-system", tt.values)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want one about %s", err, tt.want)
			}
		})
	}
}
