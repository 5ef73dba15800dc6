package apply_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spotguide/spotguide/sync/apply"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestRefusals(t *testing.T) {
	l := newLab(t)
	l.grant("viewer", "view")
	l.denyColour("red")
	l.applied(l.set("r0", deployment, secret))

	cases := []struct {
		name, document, account string
		reason                  apply.Reason
		temporary               bool
		says                    []string // all in the error's text
	}{
		{name: "unknown field", document: strings.Replace(deployment, "replicas", "replica", 1),
			reason: apply.Invalid, says: []string{"app/1.yaml:1", "Deployment " + l.ns + "/web", "replica"}},
		{name: "wrong type", document: strings.Replace(deployment, "replicas: 0", "replicas: many", 1),
			reason: apply.Invalid, says: []string{".spec.replicas", "expected numeric"}},
		{name: "bad value", document: strings.Replace(service, "80", "800000", 1),
			reason: apply.Invalid, says: []string{"800000"}},
		{name: "unknown kind", document: "apiVersion: example.org/v1\nkind: Gadget\nmetadata: {name: g}",
			reason: apply.UnknownKind, says: []string{"example.org/v1", "Gadget", "CustomResourceDefinition"}},
		{name: "unknown version", document: strings.Replace(deployment, "apps/v1", "apps/v1beta1", 1),
			reason: apply.UnknownKind, says: []string{"apps/v1beta1"}},
		{name: "forbidden", document: configMap, account: "viewer",
			reason: apply.Forbidden, says: []string{"grant the verb patch on configmaps to the service account " + l.ns + "/viewer"}},
		{name: "immutable", document: strings.Replace(deployment, "matchLabels: {app: web}", "matchLabels: {app: other}", 1),
			reason: apply.Immutable, says: []string{"selector", "labels"}}, // the template no longer matches either
		{name: "immutable selector", document: strings.ReplaceAll(deployment, "app: web", "app: other"),
			reason: apply.Immutable, says: []string{"immutable", "spotguide.dev/force"}},
		{name: "policy", document: strings.Replace(configMap, "blue", "red", 1),
			reason: apply.Admission, says: []string{"denied", "no such colour here"}},
		{name: "too large", document: strings.Replace(configMap, "blue", strings.Repeat("blue", 300_000), 1),
			reason: apply.TooLarge},
		{name: "no name", document: "apiVersion: v1\nkind: ConfigMap\nmetadata: {}", reason: apply.Invalid, says: []string{"metadata.name is missing"}},
		{name: "generated name", document: "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: x-}", reason: apply.Invalid, says: []string{"give it a name"}},
		{name: "labels that are none", document: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, labels: [a]}", reason: apply.Invalid, says: []string{"metadata.labels: want a map"}},
		{name: "missing account", document: configMap, account: "nobody",
			reason: apply.Forbidden, says: []string{l.ns + "/nobody"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			opt := l.opt
			if c.account != "" {
				opt.Identity = apply.ServiceAccount(l.ns, c.account)
			}
			result, err := l.applier.Apply(t.Context(), l.set("r1", c.document), opt)
			f := failure(t, err)
			if f.Reason != c.reason || f.Temporary() != c.temporary {
				t.Errorf("reason %s (temporary %v), want %s (%v): %v", f.Reason, f.Temporary(), c.reason, c.temporary, err)
			}
			for _, says := range c.says {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("error lacks %q: %v", says, err)
				}
			}
			if result.Changes[0].Action != apply.Failed || result.Record.Revision == "r1" {
				t.Errorf("result %v of revision %q tells of no failure", result.Changes[0], result.Record.Revision)
			}
		})
	}
}

// denyColour makes the API server refuse ConfigMaps of a colour in the namespace.
func (l *lab) denyColour(colour string) {
	l.Helper()
	fail := admissionv1.Fail
	api := l.kube.AdmissionregistrationV1()
	_, err := api.ValidatingAdmissionPolicies().Create(l.Context(), &admissionv1.ValidatingAdmissionPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: l.ns},
		Spec: admissionv1.ValidatingAdmissionPolicySpec{
			FailurePolicy: &fail,
			MatchConstraints: &admissionv1.MatchResources{ResourceRules: []admissionv1.NamedRuleWithOperations{{
				RuleWithOperations: admissionv1.RuleWithOperations{
					Operations: []admissionv1.OperationType{admissionv1.Create, admissionv1.Update},
					Rule:       admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"configmaps", "secrets"}},
				},
			}}},
			Validations: []admissionv1.Validation{{
				Expression:        "!has(object.data) || !('colour' in object.data) || object.data.colour != '" + colour + "'",
				MessageExpression: "'no such colour here: ' + string(object.data.colour)",
			}},
		},
	}, metav1.CreateOptions{})
	l.must(err)
	l.Cleanup(func() {
		l.drop(api.ValidatingAdmissionPolicies(), l.ns)
		l.drop(api.ValidatingAdmissionPolicyBindings(), l.ns)
	})
	_, err = api.ValidatingAdmissionPolicyBindings().Create(l.Context(), &admissionv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: l.ns},
		Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{
			PolicyName:        l.ns,
			ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny},
			MatchResources: &admissionv1.MatchResources{NamespaceSelector: &metav1.LabelSelector{
				MatchLabels: map[string]string{corev1.LabelMetadataName: l.ns},
			}},
		},
	}, metav1.CreateOptions{})
	l.must(err)
	probe := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "probe"}, Data: map[string]string{"colour": colour}}
	l.eventually("the policy is in force", func() bool {
		_, err := l.kube.CoreV1().ConfigMaps(l.ns).Create(l.Context(), probe, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return err != nil
	})
}

func TestQuota(t *testing.T) {
	l := newLab(t)
	_, err := l.kube.CoreV1().ResourceQuotas(l.ns).Create(t.Context(), &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Name: "few"},
		Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"count/services": resource.MustParse("0")}},
	}, metav1.CreateOptions{})
	l.must(err)
	l.eventually("the quota is counted", func() bool {
		q, err := l.kube.CoreV1().ResourceQuotas(l.ns).Get(t.Context(), "few", metav1.GetOptions{})
		return err == nil && len(q.Status.Hard) > 0
	})
	_, err = l.apply(l.set("r1", service))
	if f := failure(t, err); f.Reason != apply.Quota {
		t.Errorf("reason %s: %v", f.Reason, err)
	}
}

// One bad object spoils only itself; what it needs is not tried.
func TestOneBadObject(t *testing.T) {
	l := newLab(t)
	result, err := l.apply(l.set("r1", configMap, strings.Replace(service, "80", "800000", 1), deployment, "apiVersion: example.org/v1\nkind: Gadget\nmetadata: {name: g}"))
	if n := len(apply.Failures(err)); n != 2 {
		t.Errorf("%d failures, want both at once: %v", n, err)
	}
	want := []string{"ConfigMap settings: created", "Service web: failed", "Deployment web: created", "Gadget g: failed"}
	if diff := cmp.Diff(want, actions(result)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	result = l.applied(l.set("r2", configMap, service, deployment))
	if result.Record.Revision != "r2" || len(result.Record.Pending) != 0 || len(result.Record.Committed) != 3 {
		t.Errorf("record after healing: %+v", result.Record)
	}
}

func TestSecretsStayOutOfErrors(t *testing.T) {
	l := newLab(t)
	l.denyColour("Y3JpbXNvbi1zZWNyZXQ=") // base64 of crimson-secret
	for name, document := range map[string]string{
		"malformed data":   "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {password: 'not base64: crimson-secret'}",
		"data of a type":   "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {password: {deep: crimson-secret}}",
		"string of type":   "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: [crimson-secret]}",
		"data is no map":   "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: crimson-secret",
		"wrong kind":       "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: kubernetes.io/tls\nstringData: {tls.crt: crimson-secret}",
		"quoted by policy": "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {colour: crimson-secret}",
		"key":              "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {'a b': crimson-secret}",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := l.applier.Apply(t.Context(), l.set("r1", document), l.opt)
			f := failure(t, err)
			for e := error(f); e != nil; {
				if text := e.Error(); strings.Contains(text, "crimson") || strings.Contains(text, "Y3JpbXNvbi1zZWNyZXQ=") {
					t.Errorf("the error tells the secret: %s", text)
				}
				next, ok := e.(interface{ Unwrap() error })
				if !ok {
					break
				}
				e = next.Unwrap()
			}
			t.Log(err)
		})
	}
}

func TestRecreate(t *testing.T) {
	l := newLab(t)
	l.applied(l.set("r1", deployment))
	before, err := l.kube.AppsV1().Deployments(l.ns).Get(t.Context(), "web", metav1.GetOptions{})
	l.must(err)

	forced := strings.Replace(strings.ReplaceAll(deployment, "app: web", "app: other"),
		"name: web}", "name: web, annotations: {spotguide.dev/force: 'true'}}", 1)
	broken := strings.Replace(forced, "image:", "imagePullPolicy: Perhaps, image:", 1)
	_, err = l.apply(l.set("r2", broken))
	if f := failure(t, err); f.Reason != apply.Invalid {
		t.Errorf("a form that cannot be made: %s: %v", f.Reason, err)
	}
	kept, err := l.kube.AppsV1().Deployments(l.ns).Get(t.Context(), "web", metav1.GetOptions{})
	l.must(err)
	if kept.UID != before.UID {
		t.Error("the live object was deleted for one that cannot be made")
	}

	result := l.applied(l.set("r3", forced))
	if diff := cmp.Diff([]string{"Deployment web: recreated"}, actions(result)); diff != "" {
		t.Error(diff)
	}
	after, err := l.kube.AppsV1().Deployments(l.ns).Get(t.Context(), "web", metav1.GetOptions{})
	l.must(err)
	if after.UID == before.UID || after.Spec.Selector.MatchLabels["app"] != "other" {
		t.Errorf("not made again: %v", after.Spec.Selector)
	}
	if e := result.Record.Committed[0]; e.ResourceVersion != after.ResourceVersion && e.Fields == "" {
		t.Errorf("entry %+v is not of the new object", e)
	}
}
