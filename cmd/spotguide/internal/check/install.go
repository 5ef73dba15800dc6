package check

import (
	"context"
	"fmt"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// Install looks whether the person may install spotguide into the namespace.
func Install(client kubernetes.Interface, namespace string) []Category {
	var checks []Check
	for _, need := range []struct {
		what       string
		attributes authorizationv1.ResourceAttributes
	}{
		{"Namespaces", attributes("", "namespaces", "")},
		{"ClusterRoles", attributes("rbac.authorization.k8s.io", "clusterroles", "")},
		{"ClusterRoleBindings", attributes("rbac.authorization.k8s.io", "clusterrolebindings", "")},
		{"ValidatingAdmissionPolicies", attributes("admissionregistration.k8s.io", "validatingadmissionpolicies", "")},
		{"ValidatingAdmissionPolicyBindings", attributes("admissionregistration.k8s.io", "validatingadmissionpolicybindings", "")},
		{"ServiceAccounts", attributes("", "serviceaccounts", namespace)},
		{"Roles", attributes("rbac.authorization.k8s.io", "roles", namespace)},
		{"RoleBindings", attributes("rbac.authorization.k8s.io", "rolebindings", namespace)},
		{"ConfigMaps", attributes("", "configmaps", namespace)},
		{"Services", attributes("", "services", namespace)},
		{"Deployments", attributes("apps", "deployments", namespace)},
		{"NetworkPolicies", attributes("networking.k8s.io", "networkpolicies", namespace)},
		{"PodDisruptionBudgets", attributes("policy", "poddisruptionbudgets", namespace)},
	} {
		checks = append(checks, Check{
			Description: "you may create " + need.what,
			Hint:        "install as a cluster administrator",
			Run:         func(ctx context.Context) error { return mayI(ctx, client, need.attributes) },
		})
	}
	return []Category{
		{Name: "pre-install-permissions", Checks: checks},
		{Name: "pre-install-cluster", Checks: []Check{admission(client), metrics(client)}},
	}
}

func attributes(group, resource, namespace string) authorizationv1.ResourceAttributes {
	return authorizationv1.ResourceAttributes{Group: group, Resource: resource, Namespace: namespace, Verb: "create"}
}

func mayI(ctx context.Context, client kubernetes.Interface, a authorizationv1.ResourceAttributes) error {
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &a}}
	review, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("ask for my rights: %w", err)
	}
	return verdict(review.Status)
}

func verdict(s authorizationv1.SubjectAccessReviewStatus) error {
	switch {
	case s.Allowed:
		return nil
	case s.Reason != "":
		return fmt.Errorf("refused: %s", s.Reason)
	case s.EvaluationError != "":
		return fmt.Errorf("refused: %s", s.EvaluationError)
	}
	return fmt.Errorf("no role allows it")
}

func admission(client kubernetes.Interface) Check {
	const version = "admissionregistration.k8s.io/v1"
	return Check{
		Description: "the API server has ValidatingAdmissionPolicy",
		Hint:        "turn the ValidatingAdmissionPolicy feature and " + version + " on",
		Run: func(context.Context) error {
			list, err := client.Discovery().ServerResourcesForGroupVersion(version)
			if err != nil {
				return err
			}
			for _, r := range list.APIResources {
				if r.Name == "validatingadmissionpolicies" {
					return nil
				}
			}
			return fmt.Errorf("%s does not serve it", version)
		},
	}
}

func metrics(client kubernetes.Interface) Check {
	return Check{
		Description: "metrics.k8s.io answers", Warning: true,
		Hint: "install metrics-server: autoscaling and rules on usage need it",
		Run: func(context.Context) error {
			_, err := client.Discovery().ServerResourcesForGroupVersion("metrics.k8s.io/v1beta1")
			return err
		},
	}
}
