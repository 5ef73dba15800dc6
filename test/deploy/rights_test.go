package deploy

import (
	"context"
	"fmt"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/spotguide/spotguide/test/controlplane"
)

// as is a client that acts as somebody else.
func as(t *testing.T, c cluster, user string) client.Client {
	t.Helper()
	cfg := rest.CopyConfig(c.config)
	cfg.Impersonate = rest.ImpersonationConfig{UserName: user}
	other, err := client.New(cfg, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return other
}

// bindRole gives user a ClusterRole in one namespace.
func bindRole(t *testing.T, c cluster, namespace, role, user string) {
	t.Helper()
	err := c.Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: user},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// request is a right that somebody may or may not have.
type request struct {
	verb, group, resource, sub, namespace, name string
}

func (r request) String() string {
	return fmt.Sprintf("%s %s/%s/%s %s/%s", r.verb, r.group, r.resource, r.sub, r.namespace, r.name)
}

// allowed asks the API server's authorizer.
func allowed(ctx context.Context, t *testing.T, c cluster, user string, r request) bool {
	t.Helper()
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user, Groups: []string{"system:authenticated", "system:serviceaccounts"},
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: r.verb, Group: r.group, Resource: r.resource, Subresource: r.sub, Namespace: r.namespace, Name: r.name,
		},
	}}
	if err := c.Create(ctx, review); err != nil {
		t.Fatal(err)
	}
	return review.Status.Allowed
}

// installRights installs the chart's roles under a name of their own and
// returns it with the agent's user name.
func installRights(t *testing.T, c cluster, values map[string]any) (name, agent string) {
	t.Helper()
	name = "test-" + rand.String(6) + "-spotguide"
	namespace := controlplane.Namespace(t, c.config, nil)
	for _, u := range ofKind(rendered(t, name, namespace, values), "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding") {
		install(t, c, u)
	}
	return name, "system:serviceaccount:" + namespace + ":" + name
}

// TestAgentRights lists what the agent needs and, which matters more, what it
// must never be able to do.
func TestAgentRights(t *testing.T) {
	c := newCluster(t)
	name, agent := installRights(t, c, nil)
	eventually(t, "the roles are aggregated", func(ctx context.Context) bool {
		return allowed(ctx, t, c, agent, request{verb: "list", resource: "namespaces"})
	})
	can := []request{
		{verb: "watch", resource: "namespaces"},
		{verb: "patch", resource: "namespaces", name: "shop"},
		{verb: "impersonate", resource: "serviceaccounts", namespace: "shop", name: "spotguide"},
		{verb: "create", group: "rbac.authorization.k8s.io", resource: "rolebindings", namespace: "shop"},
		{verb: "bind", group: "rbac.authorization.k8s.io", resource: "clusterroles", name: name + "-tenant"},
		{verb: "create", resource: "configmaps", namespace: "shop"},
		{verb: "patch", resource: "configmaps", namespace: "shop", name: "spotguide-inventory"},
		{verb: "patch", resource: "configmaps", namespace: "shop", name: "spotguide-status"},
		{verb: "patch", resource: "configmaps", namespace: "shop", name: "spotguide-monitor"},
		{verb: "patch", resource: "configmaps", namespace: "shop", name: "spotguide-history"},
		{verb: "patch", resource: "configmaps", namespace: "shop", name: "spotguide-failover"},
		{verb: "create", resource: "events", namespace: "shop"},
		{verb: "get", resource: "secrets", namespace: "shop", name: "git"},
		{verb: "watch", resource: "secrets"},
		{verb: "watch", resource: "pods"},
		{verb: "watch", resource: "nodes"},
		{verb: "get", resource: "nodes", name: "a"},
		{verb: "watch", resource: "events"},
		{verb: "watch", group: "apps", resource: "deployments"},
		{verb: "watch", group: "autoscaling", resource: "horizontalpodautoscalers"},
		{verb: "watch", group: "rbac.authorization.k8s.io", resource: "roles"},
		{verb: "delete", resource: "pods", namespace: "shop", name: "web-1"},
		{verb: "create", resource: "pods", sub: "eviction", namespace: "shop", name: "web-1"},
		{verb: "patch", group: "apps", resource: "deployments", namespace: "shop", name: "web"},
		{verb: "patch", group: "apps", resource: "deployments", sub: "scale", namespace: "shop", name: "web"},
		{verb: "list", group: "metrics.k8s.io", resource: "pods"},
	}
	cannot := []request{
		{verb: "impersonate", resource: "serviceaccounts", namespace: "kube-system", name: "default"},
		{verb: "impersonate", resource: "serviceaccounts", namespace: "kube-system", name: "namespace-controller"},
		{verb: "impersonate", resource: "users", name: "admin"},
		{verb: "impersonate", resource: "groups", name: "system:masters"},
		{verb: "impersonate", resource: "groups", name: "system:serviceaccounts"},
		{verb: "bind", group: "rbac.authorization.k8s.io", resource: "clusterroles", name: "cluster-admin"},
		{verb: "bind", group: "rbac.authorization.k8s.io", resource: "clusterroles", name: "admin"},
		{verb: "escalate", group: "rbac.authorization.k8s.io", resource: "clusterroles", name: name + "-tenant"},
		{verb: "patch", group: "rbac.authorization.k8s.io", resource: "clusterroles", name: name + "-tenant"},
		{verb: "create", group: "rbac.authorization.k8s.io", resource: "clusterrolebindings"},
		{verb: "patch", group: "rbac.authorization.k8s.io", resource: "rolebindings", namespace: "shop", name: "x"},
		{verb: "create", group: "rbac.authorization.k8s.io", resource: "roles", namespace: "shop"},
		{verb: "update", resource: "namespaces", name: "shop"},
		{verb: "delete", resource: "namespaces", name: "shop"},
		{verb: "create", resource: "namespaces"},
		{verb: "create", resource: "secrets", namespace: "shop"},
		{verb: "patch", resource: "secrets", namespace: "shop", name: "git"},
		{verb: "patch", resource: "configmaps", namespace: "kube-system", name: "extension-apiserver-authentication"},
		{verb: "delete", resource: "configmaps", namespace: "shop", name: "spotguide-inventory"},
		{verb: "create", resource: "pods", namespace: "shop"},
		{verb: "create", resource: "pods", sub: "exec", namespace: "shop", name: "web-1"},
		{verb: "create", resource: "serviceaccounts", sub: "token", namespace: "shop", name: "spotguide"},
		{verb: "create", group: "apps", resource: "deployments", namespace: "shop"},
		{verb: "delete", group: "apps", resource: "deployments", namespace: "shop", name: "web"},
		{verb: "patch", resource: "nodes", name: "node-1"},
		{verb: "create", resource: "nodes", sub: "proxy", name: "node-1"},
		{verb: "patch", group: "admissionregistration.k8s.io", resource: "validatingadmissionpolicies", name: "x"},
	}
	for _, r := range can {
		if !allowed(t.Context(), t, c, agent, r) {
			t.Errorf("the agent may not %s", r)
		}
	}
	for _, r := range cannot {
		if allowed(t.Context(), t, c, agent, r) {
			t.Errorf("the agent may %s", r)
		}
	}
}

// TestAgentMayNotBindWhenToldSo takes the right to bind away.
func TestAgentMayNotBindWhenToldSo(t *testing.T) {
	c := newCluster(t)
	name, agent := installRights(t, c, map[string]any{"tenants": map[string]any{"bind": false}})
	eventually(t, "the roles are in force", func(ctx context.Context) bool {
		return allowed(ctx, t, c, agent, request{verb: "list", resource: "namespaces"})
	})
	for _, r := range []request{
		{verb: "create", group: "rbac.authorization.k8s.io", resource: "rolebindings", namespace: "shop"},
		{verb: "bind", group: "rbac.authorization.k8s.io", resource: "clusterroles", name: name + "-tenant"},
	} {
		if allowed(t.Context(), t, c, agent, r) {
			t.Errorf("the agent may %s", r)
		}
	}
}

// TestTenantRights goes the agent's way: it binds the tenant role for a
// namespace's account, which then rules its namespace and nothing else.
func TestTenantRights(t *testing.T) {
	c := newCluster(t)
	name, agent := installRights(t, c, nil)
	shop := controlplane.Namespace(t, c.config, nil)
	other := controlplane.Namespace(t, c.config, nil)
	eventually(t, "the tenant role is aggregated", func(ctx context.Context) bool {
		var role rbacv1.ClusterRole
		err := c.Get(ctx, client.ObjectKey{Name: name + "-tenant"}, &role)
		return err == nil && len(role.Rules) > 0
	})
	asAgent := as(t, c, agent)
	bind := func(ctx context.Context, role string) error {
		return asAgent.Create(ctx, &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: shop, Name: "spotguide"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: shop, Name: "spotguide"}},
		})
	}
	eventually(t, "the agent may bind", func(ctx context.Context) bool { return bind(ctx, name+"-tenant") == nil })
	if err := bind(t.Context(), "cluster-admin"); err == nil {
		t.Error("the agent binds cluster-admin")
	}
	tenant := "system:serviceaccount:" + shop + ":spotguide"
	eventually(t, "the tenant may act", func(ctx context.Context) bool {
		return allowed(ctx, t, c, tenant, request{verb: "patch", group: "apps", resource: "deployments", namespace: shop, name: "web"})
	})
	for _, resource := range []string{"apps/deployments", "/services", "/configmaps", "/secrets", "networking.k8s.io/ingresses", "autoscaling/horizontalpodautoscalers", "policy/poddisruptionbudgets", "rbac.authorization.k8s.io/roles", "batch/jobs"} {
		group, name, _ := strings.Cut(resource, "/")
		for _, verb := range []string{"get", "create", "patch", "delete"} {
			here := request{verb: verb, group: group, resource: name, namespace: shop, name: "x"}
			if !allowed(t.Context(), t, c, tenant, here) {
				t.Errorf("the tenant may not %s", here)
			}
			there := request{verb: verb, group: group, resource: name, namespace: other, name: "x"}
			if allowed(t.Context(), t, c, tenant, there) {
				t.Errorf("the tenant may %s", there)
			}
		}
	}
	for _, r := range []request{
		{verb: "patch", resource: "namespaces", namespace: shop, name: shop},
		{verb: "patch", group: "rbac.authorization.k8s.io", resource: "clusterroles", name: "x"},
		{verb: "patch", resource: "resourcequotas", namespace: shop, name: "x"},
		{verb: "list", resource: "nodes"},
		{verb: "list", resource: "secrets"},
	} {
		if allowed(t.Context(), t, c, tenant, r) {
			t.Errorf("the tenant may %s", r)
		}
	}
}

// TestBuildRights: builds give the agent Jobs in the builds' namespace and nowhere
// else, and only where something is built.
func TestBuildRights(t *testing.T) {
	c := newCluster(t)
	for _, registry := range []string{"", "registry.example.com"} {
		own := controlplane.Namespace(t, c.config, nil)
		_, agent := installRights(t, c, map[string]any{"build": map[string]any{"registry": registry, "namespace": own, "createNamespace": false}})
		eventually(t, "the roles are aggregated", func(ctx context.Context) bool {
			return allowed(ctx, t, c, agent, request{verb: "list", resource: "namespaces"})
		})
		for _, r := range []request{
			{verb: "create", group: "batch", resource: "jobs", namespace: own},
			{verb: "delete", group: "batch", resource: "jobs", namespace: own, name: "build-x"},
		} {
			if got, want := allowed(t.Context(), t, c, agent, r), registry != ""; got != want {
				t.Errorf("with registry %q: %s is %t", registry, r, got)
			}
			r.namespace = strings.Split(agent, ":")[2] // not even its own
			if allowed(t.Context(), t, c, agent, r) {
				t.Errorf("with registry %q: %s is allowed", registry, r)
			}
		}
	}
}

// TestIngressRights: the agent may bring Traefik up in one namespace, with a class
// and the definitions of its kinds, and only where it is told to.
func TestIngressRights(t *testing.T) {
	c := newCluster(t)
	for _, provision := range []bool{true, false} {
		own := controlplane.Namespace(t, c.config, nil)
		_, agent := installRights(t, c, map[string]any{"ingress": map[string]any{"provision": provision, "namespace": own}})
		eventually(t, "the roles are aggregated", func(ctx context.Context) bool {
			return allowed(ctx, t, c, agent, request{verb: "list", resource: "namespaces"})
		})
		const definitions = "apiextensions.k8s.io"
		for _, r := range []request{
			{verb: "create", group: "apps", resource: "deployments", namespace: own},
			{verb: "delete", resource: "services", namespace: own, name: "traefik"},
			{verb: "patch", group: "networking.k8s.io", resource: "ingressclasses", name: "traefik"},
			{verb: "patch", group: definitions, resource: "customresourcedefinitions", name: "middlewares.traefik.io"},
		} {
			if got := allowed(t.Context(), t, c, agent, r); got != provision {
				t.Errorf("with provision %t: %s is %t", provision, r, got)
			}
		}
		for _, r := range []request{
			{verb: "create", group: "apps", resource: "deployments", namespace: "shop"},
			{verb: "create", resource: "serviceaccounts", namespace: own},
			{verb: "create", resource: "secrets", namespace: own},
			{verb: "patch", group: "networking.k8s.io", resource: "ingressclasses", name: "nginx"},
			{verb: "delete", group: definitions, resource: "customresourcedefinitions", name: "gateways.gateway.networking.k8s.io"},
		} {
			if allowed(t.Context(), t, c, agent, r) {
				t.Errorf("with provision %t the agent may %s", provision, r)
			}
		}
	}
}
