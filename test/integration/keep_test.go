package integration

import (
	"context"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/status"
)

// app is what the status says of one application.
func app(s status.Status, name string) status.Application {
	for _, a := range s.Applications {
		if a.Name == name {
			return a
		}
	}
	return status.Application{}
}

// TestBadCommit: whatever a commit breaks, what ran goes on running and is kept
// as it was, and the message says where the mistake is.
func TestBadCommit(t *testing.T) {
	w := newWorld(t)
	chart := strings.Replace(fill(configMap, "search", "one"), `"one"`, `{{ .Values.note | quote }}`, 1)
	url := w.repository("shop", map[string]string{
		"plain/plain.yaml": fill(configMap, "plain", "one"), "kind/kind.yaml": fill(configMap, "kind", "one"),
		"search/Chart.yaml": "apiVersion: v2\nname: search\nversion: 0.1.0\n", "search/values.yaml": "note: one\n", "search/templates/all.yaml": chart,
		"kustomized/kustomization.yaml": "resources: [it.yaml]\n", "kustomized/it.yaml": fill(configMap, "kustomized", "one"),
	})
	ns := w.namespace(url)
	w.agent()
	w.untilPhase(ns, status.Healthy)

	w.commit("shop", "bad", map[string]string{
		"plain/plain.yaml":          "data: {note: [\n" + fill(configMap, "plain", "two"),
		"kind/kind.yaml":            strings.Replace(fill(configMap, "kind", "two"), "apiVersion: v1\nkind: ConfigMap", "apiVersion: example.com/v1\nkind: Nothing", 1),
		"search/templates/all.yaml": strings.Replace(chart, ".Values.note", ".Values.note.missing.deeper", 1),
		"kustomized/it.yaml":        fill(configMap, "kustomized", "two"), "kustomized/kustomization.yaml": "resources: [it.yaml, absent.yaml]\n",
	})
	w.nudge(ns)
	names := map[string]string{"plain": "plain/plain.yaml", "kind": "kind/kind.yaml", "search": "search/templates/all.yaml", "kustomized": "absent.yaml"}
	s := w.until(ns, "four failures", func(s status.Status) bool {
		for name := range names {
			if phase(s, name) != status.Failed {
				return false
			}
		}
		return true
	})
	for name, file := range names {
		if a := app(s, name); !strings.Contains(a.Message, file) {
			t.Errorf("%s does not say that %s is wrong: %s", name, file, a.Message)
		}
		if got := w.note(ns, name); got != "one" {
			t.Errorf("%s holds %q", name, got)
		}
	}
	w.edit(ns, "plain", "mine")
	w.toldOf(ns, "DriftCorrected", "/plain")
	if got := w.note(ns, "plain"); got != "one" {
		t.Errorf("the edit was corrected to %q", got)
	}

	mended := w.commit("shop", "mended", map[string]string{
		"plain/plain.yaml": fill(configMap, "plain", "three"), "kind/kind.yaml": fill(configMap, "kind", "three"),
		"search/templates/all.yaml": chart, "search/values.yaml": "note: three\n",
		"kustomized/it.yaml": fill(configMap, "kustomized", "three"), "kustomized/kustomization.yaml": "resources: [it.yaml]\n",
	})
	w.nudge(ns)
	w.untilHealthyAt(ns, mended)
	for name := range names {
		if got := w.note(ns, name); got != "three" {
			t.Errorf("mended, %s holds %q", name, got)
		}
	}
}

// TestImmutable: what cannot be changed is left as it is, until a person allows
// it to be made again.
func TestImmutable(t *testing.T) {
	w := newWorld(t)
	ns := w.namespace(w.repository("cart", map[string]string{
		"cart.yaml": fill(deployment, "cart", "one"), "note.yaml": fill(configMap, "note", "one"),
	}))
	w.agent()
	w.untilPhase(ns, status.Healthy)
	before := w.deployment(ns, "cart").UID

	other := strings.ReplaceAll(fill(deployment, "cart", "two"), "{app: cart}", "{app: basket}")
	w.commit("cart", "another selector", map[string]string{"cart.yaml": other, "note.yaml": fill(configMap, "note", "two")})
	w.nudge(ns)
	s := w.untilPhase(ns, status.Failed)
	for _, want := range []string{"cart.yaml", "Deployment " + ns + "/cart", "immutable", "spotguide.dev/force"} {
		if !strings.Contains(s.Message, want) {
			t.Errorf("the message lacks %q: %s", want, s.Message)
		}
	}
	if w.deployment(ns, "cart").UID != before || w.note(ns, "note") != "two" {
		t.Errorf("made again without asking, or the other object suffered: %q", w.note(ns, "note"))
	}

	forced := w.commit("cart", "allow it", map[string]string{
		"cart.yaml": strings.Replace(other, "metadata: {name: cart}", `metadata: {name: cart, annotations: {spotguide.dev/force: "true"}}`, 1),
	})
	w.nudge(ns)
	w.untilHealthyAt(ns, forced)
	if w.deployment(ns, "cart").UID == before {
		t.Error("it was not made again")
	}
}

// TestAdmission: a policy of the cluster refuses one object; the others go in.
func TestAdmission(t *testing.T) {
	w := newWorld(t)
	ns := w.namespace(w.repository("cart", map[string]string{
		"good.yaml": fill(configMap, "good", "blue"), "app.yaml": fill(deployment, "app", "one"), "bad.yaml": fill(configMap, "bad", "red"),
	}))
	w.deny(ns, "red")
	w.agent()
	s := w.untilPhase(ns, status.Failed)
	for _, want := range []string{"bad.yaml", "ConfigMap " + ns + "/bad", "no such colour", "policy"} {
		if !strings.Contains(s.Message, want) {
			t.Errorf("the message lacks %q: %s", want, s.Message)
		}
	}
	if strings.Contains(s.Message, "good") {
		t.Errorf("the message blames the good one: %s", s.Message)
	}
	if w.note(ns, "good") != "blue" || w.deployment(ns, "app").UID == "" {
		t.Error("the others did not go in")
	}
	if _, err := w.client.CoreV1().ConfigMaps(ns).Get(t.Context(), "bad", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("the policy did not hold: %v", err)
	}
	mended := w.commit("cart", "mended", map[string]string{"bad.yaml": fill(configMap, "bad", "green")})
	w.nudge(ns)
	w.untilHealthyAt(ns, mended)
}

// deny has the API server refuse ConfigMaps with a note in the namespace, and
// waits until it does.
func (w *world) deny(namespace, note string) {
	w.Helper()
	api, fail := w.client.AdmissionregistrationV1(), admissionv1.Fail
	drop := func() {
		ctx := context.Background() // the test's own has ended
		_ = api.ValidatingAdmissionPolicyBindings().Delete(ctx, namespace, metav1.DeleteOptions{})
		_ = api.ValidatingAdmissionPolicies().Delete(ctx, namespace, metav1.DeleteOptions{})
	}
	w.Cleanup(drop)
	_, err := api.ValidatingAdmissionPolicies().Create(w.Context(), &admissionv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: namespace},
		Spec: admissionv1.ValidatingAdmissionPolicySpec{
			FailurePolicy: &fail,
			MatchConstraints: &admissionv1.MatchResources{ResourceRules: []admissionv1.NamedRuleWithOperations{{
				RuleWithOperations: admissionv1.RuleWithOperations{
					Operations: []admissionv1.OperationType{admissionv1.Create, admissionv1.Update},
					Rule:       admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"configmaps"}},
				},
			}}},
			Validations: []admissionv1.Validation{{
				Expression: "!has(object.data) || !('note' in object.data) || object.data.note != '" + note + "'", Message: "no such colour here",
			}},
		},
	}, metav1.CreateOptions{})
	w.must(err)
	_, err = api.ValidatingAdmissionPolicyBindings().Create(w.Context(), &admissionv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: namespace},
		Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName: namespace, ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny},
			MatchResources: &admissionv1.MatchResources{NamespaceSelector: &metav1.LabelSelector{
				MatchLabels: map[string]string{corev1.LabelMetadataName: namespace},
			}},
		},
	}, metav1.CreateOptions{})
	w.must(err)
	probe := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "probe"}, Data: map[string]string{"note": note}}
	for w.Context().Err() == nil { // nothing tells when a policy has come into force
		_, err := w.client.CoreV1().ConfigMaps(namespace).Create(w.Context(), probe, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		if err != nil {
			return
		}
	}
}
