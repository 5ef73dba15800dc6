package agent

import (
	"context"
	"fmt"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/binding"
)

// permit binds the operator's tenant role to the namespace's own service
// account, once an agent's life. It is what makes an annotation enough. A
// namespace that names an account of its own gets nothing.
func (t *tenant) permit(ctx context.Context, b binding.Binding) error {
	t.permission.Lock()
	defer t.permission.Unlock()
	if t.permission.granted || b.OwnAccount || t.tenantRole == "" {
		return nil
	}
	role := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{
			Name: fieldManager, Namespace: b.Namespace,
			Labels: map[string]string{"app.kubernetes.io/managed-by": fieldManager},
		},
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: t.tenantRole},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: b.ServiceAccount, Namespace: b.Namespace}},
	}
	_, err := t.client.RbacV1().RoleBindings(b.Namespace).Create(ctx, role, metav1.CreateOptions{FieldManager: fieldManager})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("bind ClusterRole %s for ServiceAccount %s/%s: %w; install it with deploy/, or name an account in the annotation %s",
			t.tenantRole, b.Namespace, b.ServiceAccount, err, binding.ServiceAccount)
	}
	t.permission.granted = true
	return nil
}
