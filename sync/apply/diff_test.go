package apply_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spotguide/spotguide/sync/apply"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestDiff(t *testing.T) {
	l := newLab(t)
	before := `
apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {same: horse-battery, other: staple-one, gone: chicken}`
	after := `
apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {same: horse-battery, other: staple-two, new: cow}`
	extra := strings.Replace(configMap, "settings", "extra", 1)
	l.applied(l.set("r1", configMap, before, service, extra))
	l.wire.take()

	set := l.set("r2", configMap, after, strings.Replace(service, "80", "81", 1), deployment)
	differences, err := l.applier.Diff(t.Context(), set, l.opt)
	l.must(err)
	var got []string
	at := map[string]apply.Difference{}
	for _, d := range differences {
		got = append(got, d.Ref.Kind+" "+d.Ref.Name+": "+string(d.Action))
		at[d.Ref.Kind+" "+d.Ref.Name] = d
	}
	want := []string{"ConfigMap settings: unchanged", "Secret token: configured", "Service web: configured", "Deployment web: created", "ConfigMap extra: deleted"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}

	data := func(o *unstructured.Unstructured) any { return o.Object["data"] }
	secret := at["Secret token"]
	if diff := cmp.Diff(map[string]any{"same": "*** (same)", "other": "***", "gone": "***"}, data(secret.Before)); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"same": "*** (same)", "other": "*** (changed)", "new": "***"}, data(secret.After)); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	web := at["Service web"]
	for _, object := range []*unstructured.Unstructured{web.Before, web.After, at["Deployment web"].After} {
		if object.GetManagedFields() != nil || object.GetResourceVersion() != "" || object.Object["status"] != nil {
			t.Errorf("%s has what only the server writes", object.GetName())
		}
	}
	ports := func(o *unstructured.Unstructured) any {
		p, _, _ := unstructured.NestedSlice(o.Object, "spec", "ports")
		return p[0].(map[string]any)["port"]
	}
	if ports(web.Before) != int64(80) || ports(web.After) != int64(81) {
		t.Errorf("ports %v, %v", ports(web.Before), ports(web.After))
	}
	if at["Deployment web"].Before != nil || at["ConfigMap extra"].After != nil {
		t.Error("an object that is not there shows")
	}
	for _, request := range l.wire.take() {
		if strings.HasPrefix(request, "DELETE") || strings.HasPrefix(request, "POST") {
			t.Errorf("diff sent %s", request)
		}
	}
	if _, err := l.kube.AppsV1().Deployments(l.ns).Get(t.Context(), "web", metav1.GetOptions{}); err == nil {
		t.Error("diff made the Deployment")
	}
	record, err := l.store.Get(t.Context(), l.owner)
	l.must(err)
	if record.Revision != "r1" || len(record.Refs()) != 4 {
		t.Errorf("diff changed the record: %+v", record)
	}
}

func TestDiffTellsRefusals(t *testing.T) {
	l := newLab(t)
	differences, err := l.applier.Diff(t.Context(), l.set("r1", configMap, strings.Replace(service, "80", "800000", 1)), l.opt)
	if f := failure(t, err); f.Reason != apply.Invalid {
		t.Error(err)
	}
	if len(differences) != 2 || differences[0].Action != apply.Created || differences[1].Action != apply.Failed {
		t.Errorf("%+v", differences)
	}
}
