package check

import (
	"context"
	"errors"
	"fmt"

	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// permissions are what the agent needs as itself; applications are applied with
// the rights of their namespaces' accounts.
func (a *Agent) permissions() []Check {
	var checks []Check
	for _, need := range []struct {
		what                         string
		verbs                        []string
		group, resource, sub, object string
	}{
		{"follow namespaces and write their phase", []string{"list", "watch", "patch"}, "", "namespaces", "", ""},
		{"act as a namespace's account", []string{"impersonate"}, "", "serviceaccounts", "", "spotguide"},
		{"keep its books in ConfigMaps", []string{"create"}, "", "configmaps", "", ""},
		{"change its books", []string{"get", "patch"}, "", "configmaps", "", "spotguide-status"},
		{"tell by Events", []string{"create"}, "", "events", "", ""},
		{"read credentials", []string{"get"}, "", "secrets", "", ""},
		{"see Secrets change", []string{"list", "watch"}, "", "secrets", "", ""},
		{"see workloads", []string{"list", "watch"}, "apps", "deployments", "", ""},
		{"see pods", []string{"list", "watch"}, "", "pods", "", ""},
		{"heal by replacing pods", []string{"create"}, "", "pods", "eviction", ""},
		{"heal by scaling", []string{"patch"}, "apps", "deployments", "scale", ""},
	} {
		checks = append(checks, Check{
			Description: "the agent may " + need.what,
			Hint:        "apply deploy/ again, which holds the agent's roles",
			Run: func(ctx context.Context) error {
				var errs []error
				for _, verb := range need.verbs {
					errs = append(errs, a.may(ctx, authorizationv1.ResourceAttributes{
						Verb: verb, Group: need.group, Resource: need.resource, Subresource: need.sub, Name: need.object,
					}))
				}
				return errors.Join(errs...)
			},
		})
	}
	return append(checks, a.mayBind())
}

// mayBind matters only where the agent gives namespaces' accounts their role.
func (a *Agent) mayBind() Check {
	return Check{
		Description: "the agent may give namespaces' accounts the tenant role",
		Hint:        "apply deploy/ again, or start the agent with --tenant-role= and bind roles yourself",
		Run: func(ctx context.Context) error {
			role := a.flag("tenant-role", usualName+"-tenant")
			if role == "" {
				return nil
			}
			const group = "rbac.authorization.k8s.io"
			return errors.Join(
				a.may(ctx, authorizationv1.ResourceAttributes{Verb: "create", Group: group, Resource: "rolebindings"}),
				a.may(ctx, authorizationv1.ResourceAttributes{Verb: "bind", Group: group, Resource: "clusterroles", Name: role}),
			)
		},
	}
}

// may asks whether the agent's account has a right in all namespaces.
func (a *Agent) may(ctx context.Context, right authorizationv1.ResourceAttributes) error {
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User:               "system:serviceaccount:" + a.namespace + ":" + a.account(),
		Groups:             []string{"system:serviceaccounts", "system:serviceaccounts:" + a.namespace, "system:authenticated"},
		ResourceAttributes: &right,
	}}
	review, err := a.client.AuthorizationV1().SubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
	if apierrors.IsForbidden(err) {
		return errors.New("not checked: only cluster administrators may ask what others may do")
	}
	if err != nil {
		return fmt.Errorf("ask for the agent's rights: %w", err)
	}
	if err := verdict(review.Status); err != nil {
		return fmt.Errorf("%s may not %s: %w", review.Spec.User, describe(right), err)
	}
	return nil
}

func describe(r authorizationv1.ResourceAttributes) string {
	text := r.Verb + " " + r.Resource
	if r.Subresource != "" {
		text += "/" + r.Subresource
	}
	if r.Group != "" {
		text += "." + r.Group
	}
	if r.Name != "" {
		text += " " + r.Name
	}
	return text
}
