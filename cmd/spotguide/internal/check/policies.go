package check

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// policies are those that refuse malformed annotations the moment they are set.
func (a *Agent) policies() []Check {
	return []Check{
		{
			Description: "the policy on annotations is installed and has no mistakes", Warning: true,
			Hint: "apply deploy/ again: without it a malformed annotation is told by the namespace's phase only",
			Run:  a.policy,
		},
		{
			Description: "the policy on annotations is bound", Warning: true,
			Hint: "apply deploy/ again: the policy has no effect without its ValidatingAdmissionPolicyBinding",
			Run:  a.policyBinding,
		},
	}
}

func (a *Agent) policyName() string { return a.name() + "-annotations" }

func (a *Agent) policy(ctx context.Context) error {
	policy, err := a.client.AdmissionregistrationV1().ValidatingAdmissionPolicies().Get(ctx, a.policyName(), metav1.GetOptions{})
	if err != nil {
		return err
	}
	if t := policy.Status.TypeChecking; t != nil && len(t.ExpressionWarnings) > 0 {
		w := t.ExpressionWarnings[0]
		return fmt.Errorf("ValidatingAdmissionPolicy %s: %s: %s", policy.Name, w.FieldRef, w.Warning)
	}
	return nil
}

func (a *Agent) policyBinding(ctx context.Context) error {
	bindings, err := a.client.AdmissionregistrationV1().ValidatingAdmissionPolicyBindings().List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, b := range bindings.Items {
		if b.Spec.PolicyName == a.policyName() {
			return nil
		}
	}
	return fmt.Errorf("no ValidatingAdmissionPolicyBinding names %s", a.policyName())
}
