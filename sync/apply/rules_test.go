package apply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spotguide/spotguide/sync/inventory"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestAllowList(t *testing.T) {
	owner := inventory.Owner{Namespace: "team-a", Application: "x"}
	role := schema.GroupKind{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole"}
	cases := map[string]struct {
		list            AllowList
		kind, namespace bool // ClusterRole, namespace "shared"
	}{
		"nothing":        {},
		"both":           {AllowList{{Kinds: []string{"ClusterRole.rbac.authorization.k8s.io"}, Namespaces: []string{"shared"}}}, true, true},
		"by glob":        {AllowList{{Kinds: []string{"Cluster*.rbac.*"}, Namespaces: []string{"sha*"}}}, true, true},
		"others":         {AllowList{{Kinds: []string{"ClusterRole"}, Namespaces: []string{"share"}}}, false, false},
		"from this":      {AllowList{{From: []string{"team-*"}, Kinds: []string{"*"}}}, true, false},
		"from another":   {AllowList{{From: []string{"ops"}, Kinds: []string{"*"}, Namespaces: []string{"*"}}}, false, false},
		"second rule":    {AllowList{{From: []string{"ops"}}, {Namespaces: []string{"*"}}}, false, true},
		"malformed glob": {AllowList{{Kinds: []string{"["}, Namespaces: []string{"["}}}, false, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := c.list.kind(owner, role); got != c.kind {
				t.Errorf("kind allowed: %v", got)
			}
			if got := c.list.namespace(owner, "shared"); got != c.namespace {
				t.Errorf("namespace allowed: %v", got)
			}
			if !c.list.namespace(owner, "team-a") {
				t.Error("its own namespace is refused")
			}
		})
	}
}

func TestStages(t *testing.T) {
	order := []struct {
		group, kind string
		namespaced  bool
	}{
		{"apiextensions.k8s.io", "CustomResourceDefinition", false},
		{"storage.k8s.io", "StorageClass", false},
		{"rbac.authorization.k8s.io", "Role", true},
		{"rbac.authorization.k8s.io", "RoleBinding", true},
		{"apps", "Deployment", true},
		{"autoscaling", "HorizontalPodAutoscaler", true},
		{"admissionregistration.k8s.io", "ValidatingWebhookConfiguration", false},
	}
	last := stage(-1)
	for _, o := range order {
		got := stageFor(schema.GroupKind{Group: o.group, Kind: o.kind}, o.namespaced)
		if got <= last {
			t.Errorf("%s is in stage %d, not after %d", o.kind, got, last)
		}
		last = got
	}
	job := schema.GroupKind{Group: "batch", Kind: "Job"}
	for asked, want := range map[string]stage{"early": early, "late": late, "": workloads, "sometime": workloads} {
		if got := stageOfObject(asked, job, true); got != want {
			t.Errorf("a Job that asks for stage %q is in stage %d, want %d", asked, got, want)
		}
	}
	if got := stageOfObject("late", crdKind, false); got != definitions {
		t.Errorf("a definition that asks for stage late is in stage %d", got)
	}
	if got := stageFor(schema.GroupKind{Group: "example.org", Kind: "FirstClass"}, true); got != dependents {
		t.Errorf("a namespaced kind that ends in Class is in stage %d", got)
	}
}

func TestClaims(t *testing.T) {
	a, b := inventory.Owner{Namespace: "ns", Application: "a"}, inventory.Owner{Namespace: "ns", Application: "b"}
	ref := func(name, version string) inventory.Ref {
		return inventory.Ref{Version: version, Kind: "ConfigMap", Namespace: "ns", Name: name}
	}
	x1, x2, y := ref("x", "v1"), ref("x", "v2"), ref("y", "v1")
	c := newClaims()
	if got := c.declare(a, []inventory.Ref{x1, y}); got != nil {
		t.Errorf("first: %v", got)
	}
	if diff := cmp.Diff(map[inventory.Ref]inventory.Owner{x2: a}, c.declare(b, []inventory.Ref{x2})); diff != "" {
		t.Errorf("another version is another object: %s", diff)
	}
	if _, holder, ok := c.hold(b, y); ok || holder != a {
		t.Errorf("held by %v (%v)", holder, ok)
	}
	if got := c.declare(a, []inventory.Ref{y}); got != nil { // lets go of x
		t.Errorf("again: %v", got)
	}
	if _, holder, ok := c.hold(a, x1); ok || holder != b {
		t.Errorf("what a let go of is held by %v (%v), not by b, who wanted it", holder, ok)
	}
	c.declare(b, nil)
	done, _, ok := c.hold(a, x1) // and prunes it
	if !ok {
		t.Error("cannot hold what nobody wants")
	}
	if got := c.declare(b, []inventory.Ref{x2}); len(got) != 1 {
		t.Errorf("claimed while it is pruned: %v", got)
	}
	done()
	if _, holder, ok := c.hold(a, x1); ok || holder != b {
		t.Errorf("after the pruning it is held by %v (%v)", holder, ok)
	}
	done() // twice does no harm
	if _, holder, ok := c.hold(a, x1); ok || holder != b {
		t.Errorf("held by %v (%v)", holder, ok)
	}
	if !c.known(a) || !c.known(b) {
		t.Error("owners are not known")
	}
	c.forget(b)
	if c.known(b) || c.declare(a, []inventory.Ref{x1}) != nil {
		t.Error("b is not forgotten")
	}
}

// What is ceded goes to who waits for it, and is free when nobody does.
func TestCede(t *testing.T) {
	a, b := inventory.Owner{Namespace: "ns", Application: "a"}, inventory.Owner{Namespace: "ns", Application: "b"}
	ref := inventory.Ref{Version: "v1", Kind: "ConfigMap", Namespace: "ns", Name: "x"}
	c := newClaims()
	c.declare(a, []inventory.Ref{ref})
	if c.awaited(b, ref) {
		t.Error("b has not asked yet")
	}
	c.declare(b, []inventory.Ref{ref})
	if !c.awaited(b, ref) {
		t.Error("b waits for it")
	}
	c.cede(b, ref) // holds nothing
	c.cede(a, ref)
	if _, holder, ok := c.hold(a, ref); ok || holder != b || c.awaited(a, ref) {
		t.Errorf("held by %v", holder)
	}
	c.cede(b, ref)
	if got := c.declare(a, []inventory.Ref{ref}); got != nil {
		t.Errorf("ceded to nobody, and yet contested: %v", got)
	}
}

func TestJudge(t *testing.T) {
	status := func(code int32, reason metav1.StatusReason, message string) error {
		return fmt.Errorf("wrapped: %w", &apierrors.StatusError{ErrStatus: metav1.Status{Code: code, Reason: reason, Message: message}})
	}
	cases := map[string]struct {
		err       error
		reason    Reason
		temporary bool
	}{
		"refused connection": {errors.New("dial tcp: connection refused"), Unreachable, true},
		"timeout":            {context.DeadlineExceeded, Unreachable, true},
		"stopping":           {context.Canceled, Unreachable, true},
		"no identity":        {fmt.Errorf("patch: %w", errNoIdentity), Internal, false},
		"overloaded":         {status(429, metav1.StatusReasonTooManyRequests, "slow down"), Unreachable, true},
		"unavailable":        {status(503, metav1.StatusReasonServiceUnavailable, "starting"), Unreachable, true},
		"server timeout":     {status(504, metav1.StatusReasonTimeout, "timeout"), Unreachable, true},
		"webhook down":       {status(500, metav1.StatusReasonInternalError, `failed calling webhook "x": dial`), Admission, true},
		"webhook denies":     {status(403, metav1.StatusReasonForbidden, `admission webhook "x" denied the request: no`), Admission, false},
		"pod security":       {status(403, metav1.StatusReasonForbidden, `pods "x" is forbidden: violates PodSecurity "restricted"`), Admission, false},
		"stateful set":       {status(422, metav1.StatusReasonInvalid, "updates to statefulset spec for fields other than 'replicas' are forbidden"), Immutable, false},
		"claim":              {status(422, metav1.StatusReasonInvalid, "spec: Forbidden: spec is immutable after creation except resources.requests"), Immutable, false},
		"role ref":           {status(422, metav1.StatusReasonInvalid, "roleRef: Invalid value: cannot change roleRef"), Immutable, false},
		"cluster IP":         {status(422, metav1.StatusReasonInvalid, "spec.clusterIPs[0]: Invalid value: may not change once set"), Immutable, false},
		"invalid":            {status(422, metav1.StatusReasonInvalid, "spec.x: Required value"), Invalid, false},
		"uid":                {status(409, metav1.StatusReasonConflict, "Precondition failed: UID"), Conflict, true},
		"etcd limit":         {status(500, metav1.StatusReasonUnknown, "etcdserver: request is too large"), TooLarge, false},
		"body limit":         {status(413, metav1.StatusReasonRequestEntityTooLarge, "limit is 3145728"), TooLarge, false},
		"not served":         {status(404, metav1.StatusReasonNotFound, "the server could not find the requested resource"), UnknownKind, true},
		"impersonation":      {status(403, metav1.StatusReasonForbidden, `serviceaccounts "x" is forbidden: User "a" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "b"`), Forbidden, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := judge(c.err); got.reason != c.reason || got.temporary != c.temporary {
				t.Errorf("%+v, want %s, temporary %v", got, c.reason, c.temporary)
			}
		})
	}
}

func TestTemporary(t *testing.T) {
	soon, never := &Error{Reason: Unreachable, temporary: true}, &Error{Reason: Invalid}
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"none":  {nil, false},
		"soon":  {errors.Join(soon, soon), true},
		"mixed": {errors.Join(soon, never), false},
		"deep":  {fmt.Errorf("apply: %w", errors.Join(soon)), true},
		"other": {errors.New("no identity"), false},
	} {
		if got := Temporary(c.err); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// counting is a RESTMapper that knows a kind from its second discovery on.
type counting struct {
	meta.RESTMapper
	lookups, resets int
}

func (c *counting) RESTMapping(gk schema.GroupKind, versions ...string) (*meta.RESTMapping, error) {
	c.lookups++
	if c.resets == 0 {
		return nil, &meta.NoKindMatchError{GroupKind: gk, SearchedVersions: versions}
	}
	return &meta.RESTMapping{Resource: schema.GroupVersionResource{Group: gk.Group, Version: versions[0], Resource: "widgets"}, Scope: meta.RESTScopeNamespace}, nil
}

func (c *counting) Reset() { c.resets++ }

func TestKindsAreDiscoveredOnce(t *testing.T) {
	mapper := new(counting)
	k := newKinds(mapper)
	now := time.Unix(1000, 0)
	k.now = func() time.Time { return now }
	gvk := schema.GroupVersionKind{Group: "example.org", Version: "v1", Kind: "Widget"}
	for range 3 {
		if r, err := k.lookup(gvk); err != nil || r.gvr.Resource != "widgets" || !r.namespaced {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	if mapper.lookups != 2 || mapper.resets != 1 {
		t.Errorf("%d lookups, %d resets", mapper.lookups, mapper.resets)
	}
	mapper.resets = 0
	mapper.lookups = 0
	gvk.Kind = "Unknown"
	if _, err := k.lookup(gvk); !meta.IsNoMatchError(err) || mapper.resets != 0 {
		t.Errorf("discovered again at once: %v, %d resets", err, mapper.resets)
	}
	now = now.Add(rediscovery)
	if _, err := k.lookup(gvk); err != nil || mapper.resets != 1 {
		t.Errorf("not discovered again later: %v, %d resets", err, mapper.resets)
	}
}

// body tells whether it was closed.
type body struct {
	io.Reader
	closed bool
}

func (b *body) Close() error { b.closed = true; return nil }

func TestNobodyIsRefused(t *testing.T) {
	b := new(body)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, "https://example.org", b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (impersonator{http.DefaultTransport}).RoundTrip(r); !errors.Is(err, errNoIdentity) || !b.closed {
		t.Errorf("error %v, body closed %v", err, b.closed)
	}
}

func TestPanicIsContained(t *testing.T) {
	a := &Applier{log: slog.New(slog.DiscardHandler), slots: make(chan struct{}, 2)}
	items := []*item{{ref: inventory.Ref{Kind: "A"}}, {ref: inventory.Ref{Kind: "B"}}, {ref: inventory.Ref{Kind: "C"}}}
	a.parallel(items, func(it *item) {
		if it.ref.Kind == "B" {
			panic("secret words")
		}
		it.action = Created
	})
	if items[0].action != Created || items[2].action != Created || items[1].err == nil || items[1].err.Reason != Internal {
		t.Errorf("%v, %v, %v", items[0].action, items[1].err, items[2].action)
	}
}
