package apply_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/inventory"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestTenancy(t *testing.T) {
	other := newLab(t)
	l := newLab(t)
	elsewhere := strings.Replace(configMap, "name: settings", "name: settings, namespace: "+other.ns, 1)
	cluster := "apiVersion: v1\nkind: Namespace\nmetadata: {name: conquered}"
	role := "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: conquered}\nrules: []"
	for name, c := range map[string]struct {
		document string
		reason   apply.Reason
		says     string
	}{
		"other namespace":     {elsewhere, apply.NotAllowed, other.ns},
		"cluster scope":       {cluster, apply.NotAllowed, "allow-list"},
		"cluster role":        {role, apply.NotAllowed, "ClusterRole.rbac.authorization.k8s.io"},
		"path in a name":      {strings.Replace(configMap, "name: settings", "name: ../../namespaces/"+other.ns+"/configmaps/x", 1), apply.Invalid, "may not contain"},
		"path in a namespace": {strings.Replace(configMap, "name: settings", "name: x, namespace: ../"+other.ns, 1), apply.Invalid, "may not contain"},
	} {
		t.Run(name, func(t *testing.T) {
			l.wire.take()
			_, err := l.applier.Apply(t.Context(), l.set("r1", c.document), l.opt)
			if f := failure(t, err); f.Reason != c.reason || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v", f.Reason, err)
			}
			if sent := l.wire.take(); len(sent) > 0 {
				t.Errorf("refused, but sent: %v", sent)
			}
		})
	}

	// The allow-list opens the way, the service account still needs the right.
	l.restart(func(c *apply.Config) {
		c.Allow = apply.AllowList{{From: []string{l.ns}, Namespaces: []string{other.ns}, Kinds: []string{"ClusterRole.*"}}}
	})
	_, err := l.applier.Apply(t.Context(), l.set("r1", elsewhere), l.opt)
	if f := failure(t, err); f.Reason != apply.Forbidden {
		t.Errorf("allowed by the operator but not by RBAC: %v", err)
	}
	opt := l.opt
	opt.Identity = apply.ServiceAccount(other.ns, "spotguide")
	if _, err := l.applier.Apply(t.Context(), l.set("r1", elsewhere), opt); err != nil {
		t.Errorf("allowed by both: %v", err)
	}
	if _, err := l.kube.CoreV1().ConfigMaps(other.ns).Get(t.Context(), "settings", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
}

func TestIdentityIsNeeded(t *testing.T) {
	l := newLab(t)
	for _, identity := range []string{"", "admin", "system:serviceaccount:", "system:serviceaccount:ns", "system:serviceaccount:a:b:c", "system:serviceaccount:a/b:c"} {
		opt := l.opt
		opt.Identity = identity
		if _, err := l.applier.Apply(t.Context(), l.set("r1", configMap), opt); err == nil {
			t.Errorf("identity %q is accepted", identity)
		}
	}
	if sent := l.wire.take(); len(sent) > 0 {
		t.Errorf("sent %v", sent)
	}
}

func TestRequestsAreImpersonated(t *testing.T) {
	l := newLab(t)
	l.wire.fail(func(r *http.Request) fate {
		if got := r.Header.Get("Impersonate-User"); got != "system:serviceaccount:"+l.ns+":spotguide" {
			t.Errorf("%s %s goes out as %q", r.Method, r.URL.Path, got)
		}
		return pass
	})
	l.applied(l.set("r1", configMap, deployment))
	l.opt.PruneApproved = true
	l.applied(l.set("r2", configMap))
	if _, err := l.applier.Diff(t.Context(), l.set("r3", secret), l.opt); err != nil {
		t.Error(err)
	}
}

// What another application owns is not taken, what nobody owns is adopted.
func TestOwnership(t *testing.T) {
	l := newLab(t)
	_, err := l.kube.CoreV1().ConfigMaps(l.ns).Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "settings"}}, metav1.CreateOptions{})
	l.must(err)
	if got := actions(l.applied(l.set("r1", configMap))); got[0] != "ConfigMap settings: configured" {
		t.Errorf("adoption: %v", got)
	}
	thief := l.set("r1", configMap, service)
	thief.Owner.Application = "thief"
	check := func(when string) {
		t.Helper()
		result, err := l.applier.Apply(t.Context(), thief, l.opt)
		f := failure(t, err)
		if f.Reason != apply.Conflict || !strings.Contains(err.Error(), l.owner.String()) || !f.Temporary() {
			t.Errorf("%s: %v", when, err)
		}
		if len(result.Record.Refs()) != 1 {
			t.Errorf("%s: the thief's record holds %v", when, result.Record.Refs())
		}
	}
	check("while the owner is known")
	l.restart()
	check("after a restart, by the record")
	l.restart(live(labelled{l.owner}))
	check("by the watch")
}

// After a restart the owner keeps what it has, whoever asks first.
func TestOwnershipOutlivesARestart(t *testing.T) {
	l := newLab(t)
	own := l.set("r1", configMap)
	thief := l.set("r1", configMap, service)
	thief.Owner.Application = "thief"
	l.applied(own)
	l.restart()
	for range 2 {
		_, err := l.apply(thief)
		if f := failure(t, err); f.Reason != apply.Conflict {
			t.Errorf("the thief: %v", err)
		}
		l.applied(own)
	}
}

// Who may not have an object does not keep others from it.
func TestForbiddenIsNotClaimed(t *testing.T) {
	l := newLab(t)
	l.grant("nobody", "view")
	barred := l.set("r1", configMap)
	barred.Owner.Application = "barred"
	opt := l.opt
	opt.Identity = apply.ServiceAccount(l.ns, "nobody")
	_, err := l.applier.Apply(t.Context(), barred, opt)
	if f := failure(t, err); f.Reason != apply.Forbidden {
		t.Fatal(err)
	}
	l.applied(l.set("r1", configMap))
}

// A binding of a role that is not there is told from a kind that is not served.
func TestBindingOfNoRole(t *testing.T) {
	l := newLab(t)
	_, err := l.apply(l.set("r1", `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: bound}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: nowhere}
`))
	if f := failure(t, err); f.Reason != apply.Invalid || !f.Temporary() || !strings.Contains(err.Error(), "nowhere") {
		t.Error(err)
	}
}

// labelled is a Live to which the ConfigMap bears an owner's labels.
type labelled struct{ owner inventory.Owner }

func (l labelled) Owner(ref inventory.Ref) (inventory.Owner, bool) {
	if ref.Kind == "ConfigMap" {
		return l.owner, true
	}
	return inventory.Owner{}, true
}

func (labelled) Untouched(inventory.Entry) bool { return false }
