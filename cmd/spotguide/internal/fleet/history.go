package fleet

import (
	"context"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/agent/status"
)

// Histories reads the runs of a namespace's applications, oldest first, by the
// applications' names; there is nothing of those that were never tried.
func Histories(ctx context.Context, client kubernetes.Interface, namespace string) (map[string][]status.Run, error) {
	document, err := client.CoreV1().ConfigMaps(namespace).Get(ctx, status.HistoryConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read ConfigMap %s/%s: %w", namespace, status.HistoryConfigMap, err)
	}
	histories := map[string][]status.Run{}
	for application, text := range document.Data {
		var runs []status.Run
		if err := json.Unmarshal([]byte(text), &runs); err != nil {
			return nil, fmt.Errorf("ConfigMap %s/%s: key %s: %w (delete the key; the agent writes it anew)",
				namespace, status.HistoryConfigMap, application, err)
		}
		histories[application] = runs
	}
	return histories, nil
}
