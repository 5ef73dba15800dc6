package check

import (
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// The label that the agent's Deployment bears, and what the agent's own flags
// say when it gives none.
const (
	agentSelector = "app.kubernetes.io/name=spotguide"
	usualName     = "spotguide"
)

// deployHint says how to install.
const deployHint = "install it: `kubectl apply --server-side -k deploy/kustomize`, or the chart in deploy/chart"

// leaseAge is how old the Lease of a working agent gets at most; it renews it
// every few seconds.
const leaseAge = 30 * time.Second

// Agent is an installed agent to look at. The first check finds its Deployment,
// which the others go by.
type Agent struct {
	client    kubernetes.Interface
	namespace string
	found     *appsv1.Deployment
}

// NewAgent is about the agent in the namespace.
func NewAgent(client kubernetes.Interface, namespace string) *Agent {
	return &Agent{client: client, namespace: namespace}
}

// Categories are all checks of an installed agent. When it is not deployed, that
// is all there is to tell of it.
func (a *Agent) Categories() []Category {
	missing := func() bool { return a.found == nil }
	return []Category{
		{Name: "agent", Checks: []Check{{
			Description: "the agent is deployed in namespace " + a.namespace, Hint: deployHint, Run: a.find,
		}}},
		{Name: "agent", Skip: missing, Checks: a.runs()},
		{Name: "agent-permissions", Skip: missing, Checks: a.permissions()},
		{Name: "admission-policy", Skip: missing, Checks: a.policies()},
		{Name: "tenants", Skip: missing, Checks: []Check{{
			Description: "the tenant role is there and allows something",
			Hint:        "apply deploy/ again: namespaces' own accounts get this role",
			Run:         a.tenantRole,
		}}},
		{Name: "cluster", Checks: []Check{metrics(a.client)}},
	}
}

func (a *Agent) runs() []Check {
	return []Check{
		{
			Description: "the agent is ready", Run: a.ready,
			Hint: fmt.Sprintf("`kubectl -n %s get pods -l %s`", a.namespace, agentSelector),
		},
		{
			Description: "an agent works: the Lease is held and fresh", Run: a.leads,
			Hint: fmt.Sprintf("`kubectl -n %s logs -l %s` tells why none leads", a.namespace, agentSelector),
		},
	}
}

func (a *Agent) find(ctx context.Context) error {
	list, err := a.client.AppsV1().Deployments(a.namespace).List(ctx, metav1.ListOptions{LabelSelector: agentSelector})
	if err != nil {
		return err
	}
	if len(list.Items) == 0 {
		return fmt.Errorf("no Deployment there has the label %s; --agent-namespace names another namespace, and an agent outside the cluster cannot be looked at", agentSelector)
	}
	a.found = &list.Items[0]
	return nil
}

func (a *Agent) ready(ctx context.Context) error {
	d, err := a.client.AppsV1().Deployments(a.namespace).Get(ctx, a.found.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	want := int32(1)
	if d.Spec.Replicas != nil {
		want = *d.Spec.Replicas
	}
	if d.Status.ReadyReplicas == 0 || d.Status.ReadyReplicas < want {
		return fmt.Errorf("%d of %d replicas of Deployment %s/%s are ready", d.Status.ReadyReplicas, want, a.namespace, d.Name)
	}
	return nil
}

func (a *Agent) leads(ctx context.Context) error {
	namespace, name := a.flag("lease-namespace", "spotguide-system"), a.flag("lease-name", usualName)
	lease, err := a.client.CoordinationV1().Leases(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	holder := lease.Spec.HolderIdentity
	if holder == nil || *holder == "" || lease.Spec.RenewTime == nil {
		return fmt.Errorf("nobody holds Lease %s/%s", namespace, name)
	}
	if age := time.Since(lease.Spec.RenewTime.Time); age > leaseAge {
		return fmt.Errorf("%s has not renewed Lease %s/%s for %s", *holder, namespace, name, age.Round(time.Second))
	}
	return nil
}

func (a *Agent) tenantRole(ctx context.Context) error {
	name := a.flag("tenant-role", usualName+"-tenant")
	if name == "" {
		return nil // the operator gives each namespace's account its rights
	}
	role, err := a.client.RbacV1().ClusterRoles().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if len(role.Rules) == 0 {
		return fmt.Errorf("ClusterRole %s has no rules: the roles that it gathers are missing, or nothing gathers them", name)
	}
	return nil
}

// name is that of the installation, which its parts' names begin with.
func (a *Agent) name() string {
	return a.found.Name
}

// account is the agent's service account.
func (a *Agent) account() string {
	if a.found.Spec.Template.Spec.ServiceAccountName == "" {
		return "default"
	}
	return a.found.Spec.Template.Spec.ServiceAccountName
}

// flag is what the agent's Deployment sets a flag to.
func (a *Agent) flag(name, fallback string) string {
	for _, c := range a.found.Spec.Template.Spec.Containers {
		for _, arg := range c.Args {
			if value, ok := strings.CutPrefix(arg, "--"+name+"="); ok {
				return value
			}
		}
	}
	return fallback
}
