// Package deploy tests what is in deploy/ on a real API server: that it is
// accepted, that the agent's rights are enough and no more, and that the
// admission policies refuse what they should.
package deploy

import (
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/spotguide/spotguide/hack/deploy/chart"
	"github.com/spotguide/spotguide/test/controlplane"
)

const (
	root     = "../.."
	owner    = client.FieldOwner("test-deploy")
	restrict = "pod-security.kubernetes.io/enforce"
)

// cluster is the API server, seen by an administrator.
type cluster struct {
	client.Client
	config *rest.Config
}

func newCluster(t *testing.T) cluster {
	t.Helper()
	cfg := controlplane.Config(t)
	c, err := client.New(cfg, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return cluster{Client: c, config: cfg}
}

// restrictedNamespace is a namespace that admits restricted pods only.
func restrictedNamespace(t *testing.T, c cluster) string {
	t.Helper()
	name := controlplane.Namespace(t, c.config, nil)
	patch := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":{"`+restrict+`":"restricted"}}}`))
	ns := &corev1.Namespace{}
	ns.Name = name
	if err := c.Patch(t.Context(), ns, patch); err != nil {
		t.Fatal(err)
	}
	return name
}

// objects reads YAML documents.
func objects(t *testing.T, content string) []*unstructured.Unstructured {
	t.Helper()
	var all []*unstructured.Unstructured
	for dec := yaml.NewYAMLOrJSONDecoder(strings.NewReader(content), 4096); ; {
		u := &unstructured.Unstructured{}
		err := dec.Decode(&u.Object)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(u.Object) > 0 {
			all = append(all, u)
		}
	}
}

// rendered is the chart as objects.
func rendered(t *testing.T, release, namespace string, values map[string]any) []*unstructured.Unstructured {
	t.Helper()
	files, err := chart.Render(filepath.Join(root, "deploy", "chart"), release, namespace, values)
	if err != nil {
		t.Fatal(err)
	}
	var all []*unstructured.Unstructured
	for _, f := range files {
		if f.Name != "NOTES.txt" {
			all = append(all, objects(t, f.Content)...)
		}
	}
	move(all, namespace)
	return all
}

// move puts what goes into namespaces that need not exist here into one that does.
func move(all []*unstructured.Unstructured, namespace string) {
	for _, u := range all {
		if u.GetNamespace() == "spotguide-system" || u.GetNamespace() == "spotguide-ingress" {
			u.SetNamespace(namespace)
		}
	}
}

// ofKind keeps the objects of some kinds.
func ofKind(all []*unstructured.Unstructured, kinds ...string) []*unstructured.Unstructured {
	return slices.DeleteFunc(slices.Clone(all), func(u *unstructured.Unstructured) bool {
		return !slices.Contains(kinds, u.GetKind())
	})
}

// accept sends objects in a dry run of server-side apply, and the Deployment's
// pod as a pod, since only pods are held to the namespace's Pod Security level.
func accept(t *testing.T, c cluster, all []*unstructured.Unstructured) {
	t.Helper()
	for _, u := range all {
		err := c.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(u.DeepCopy()), client.DryRunAll, owner, client.ForceOwnership)
		if err != nil {
			t.Errorf("%s %s: %v", u.GetKind(), u.GetName(), err)
		}
	}
	for _, u := range ofKind(all, "Deployment") {
		template, _, err := unstructured.NestedMap(u.Object, "spec", "template")
		if err != nil {
			t.Fatal(err)
		}
		pod := &corev1.Pod{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(template, pod); err != nil {
			t.Fatal(err)
		}
		pod.Name, pod.Namespace = u.GetName(), u.GetNamespace()
		pod.Spec.ServiceAccountName = "default" // the agent's was only a dry run
		if err := c.Create(t.Context(), pod, client.DryRunAll); err != nil {
			t.Errorf("pod of Deployment %s: %v", u.GetName(), err)
		}
	}
}

func TestChartIsAccepted(t *testing.T) {
	c := newCluster(t)
	namespace := restrictedNamespace(t, c)
	tests := map[string]map[string]any{
		"as it comes": nil,
		"everything on": {
			"image":             map[string]any{"repository": "registry.example.com/spotguide", "digest": "sha256:" + strings.Repeat("a", 64)},
			"imagePullSecrets":  []any{map[string]any{"name": "pull"}},
			"namespace":         map[string]any{"create": true},
			"config":            map[string]any{"allowPrivate": []any{"10.0.0.0/8"}, "allowRepositories": []any{"https://git.example.com/**"}},
			"agent":             map[string]any{"namespaceSelector": "team=shop", "extraArgs": []any{"--allow-http"}},
			"tenants":           map[string]any{"serviceAccounts": []any{"spotguide", "deployer"}},
			"customResources":   []any{map[string]any{"apiGroups": []any{"example.com"}, "resources": []any{"widgets"}}},
			"webhook":           map[string]any{"secretName": "hooks"},
			"nodeSelector":      map[string]any{"kubernetes.io/os": "linux"},
			"tolerations":       []any{map[string]any{"operator": "Exists"}},
			"affinity":          map[string]any{"nodeAffinity": map[string]any{}},
			"podAnnotations":    map[string]any{"a": "b"},
			"podLabels":         map[string]any{"a": "b"},
			"priorityClassName": "system-cluster-critical",
		},
		"everything off": {
			"replicas":            1,
			"config":              map[string]any{},
			"tenants":             map[string]any{"bind": false},
			"policy":              map[string]any{"enabled": false},
			"podDisruptionBudget": map[string]any{"enabled": false},
			"ingress":             map[string]any{"provision": false},
			"networkPolicy":       map[string]any{"enabled": false},
		},
	}
	for name, values := range tests {
		t.Run(name, func(t *testing.T) {
			all := rendered(t, "spotguide", namespace, values)
			if len(all) < 10 {
				t.Errorf("only %d objects", len(all))
			}
			accept(t, c, all)
		})
	}
}

func TestKustomizeBaseIsAccepted(t *testing.T) {
	c := newCluster(t)
	namespace := restrictedNamespace(t, c)
	base, err := filepath.Abs(filepath.Join(root, "deploy", "kustomize"))
	if err != nil {
		t.Fatal(err)
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), base)
	if err != nil {
		t.Fatal(err)
	}
	content, err := built.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	all := objects(t, string(content))
	if all[0].GetKind() != "Namespace" {
		t.Errorf("%s comes first; kubectl apply -k needs the Namespace there", all[0].GetKind())
	}
	move(all, namespace)
	if got := len(ofKind(all, "Namespace", "Deployment", "ClusterRole", "ValidatingAdmissionPolicy")); got != 13 {
		t.Errorf("%d of 2 namespaces, the Deployment, 8 ClusterRoles and 2 policies", got)
	}
	accept(t, c, all)
}
