package fleet

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/agent/sites"
)

// Sites reads how a namespace's applications that fail over stand in this cluster.
func Sites(ctx context.Context, client kubernetes.Interface, namespace string) (map[string]sites.Report, error) {
	document, err := client.CoreV1().ConfigMaps(namespace).Get(ctx, sites.ConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read ConfigMap %s/%s: %w", namespace, sites.ConfigMap, err)
	}
	return sites.Parse(document.Data)
}
