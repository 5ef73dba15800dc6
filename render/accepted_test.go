package render

import (
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/spotguide/spotguide/test/controlplane"
)

// TestChartsAreAccepted: a real API server takes what the charts make, and its
// pods pass a pod security level: for web, the one that values.security names.
func TestChartsAreAccepted(t *testing.T) {
	cfg := controlplane.Config(t)
	api, err := client.New(cfg, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for file, level := range map[string]string{
		"web-minimal": "baseline", "web-port": "baseline", "web-full": "restricted",
		"kafka-combined": "restricted", "kafka-full": "restricted",
	} {
		t.Run(file, func(t *testing.T) {
			namespace := controlplane.Namespace(t, cfg, nil)
			enforce(t, api, namespace, level)
			req, _ := readGolden(t, parseGolden(t, filepath.Join("testdata/golden", file+".txtar")))
			result, err := inProcess(t, req)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range result.Objects {
				if pod := podOf(o.Unstructured); pod != nil {
					pod.SetNamespace(namespace)
					dryRun(t, api, pod)
				}
				o.SetNamespace(namespace)
				dryRun(t, api, o.Unstructured)
			}
		})
	}
}

func enforce(t *testing.T, api client.Client, namespace, level string) {
	t.Helper()
	ns := &unstructured.Unstructured{}
	ns.SetAPIVersion("v1")
	ns.SetKind("Namespace")
	ns.SetName(namespace)
	ns.SetLabels(map[string]string{"pod-security.kubernetes.io/enforce": level})
	if err := api.Patch(t.Context(), ns, client.Apply, client.FieldOwner("test"), client.ForceOwnership); err != nil { //nolint:staticcheck // an unstructured object
		t.Fatal(err)
	}
}

func dryRun(t *testing.T, api client.Client, u *unstructured.Unstructured) {
	t.Helper()
	what := Describe(u)
	err := api.Patch(t.Context(), u, client.Apply, client.DryRunAll, client.FieldOwner("test"), client.ForceOwnership, strictFields) //nolint:staticcheck // an unstructured object
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// strictFields makes an unknown field an error.
const strictFields = client.FieldValidation("Strict")

// podOf is the pod that a workload would make.
func podOf(u *unstructured.Unstructured) *unstructured.Unstructured {
	template, found, err := unstructured.NestedMap(u.Object, "spec", "template")
	if !found || err != nil {
		return nil
	}
	pod := &unstructured.Unstructured{Object: template}
	pod.SetAPIVersion("v1")
	pod.SetKind("Pod")
	pod.SetName("probe")
	claims, _, _ := unstructured.NestedSlice(u.Object, "spec", "volumeClaimTemplates")
	volumes, _, _ := unstructured.NestedSlice(pod.Object, "spec", "volumes")
	for _, claim := range claims {
		name, _, _ := unstructured.NestedString(claim.(map[string]any), "metadata", "name")
		volumes = append(volumes, map[string]any{"name": name, "emptyDir": map[string]any{}})
	}
	if len(volumes) > 0 {
		_ = unstructured.SetNestedSlice(pod.Object, volumes, "spec", "volumes")
	}
	// The service account is only there in the dry run before.
	unstructured.RemoveNestedField(pod.Object, "spec", "serviceAccountName")
	return pod
}
