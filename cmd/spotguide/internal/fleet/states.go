package fleet

import (
	"context"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/monitor"
	"github.com/spotguide/spotguide/monitor/sla"
)

// States reads what the monitor has written down of a namespace's applications,
// by their names; there is nothing of those of which nothing is to be told.
func States(ctx context.Context, client kubernetes.Interface, namespace string) (map[string]sla.State, error) {
	document, err := client.CoreV1().ConfigMaps(namespace).Get(ctx, monitor.ConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read ConfigMap %s/%s: %w", namespace, monitor.ConfigMap, err)
	}
	states := map[string]sla.State{}
	for application, text := range document.Data {
		var s sla.State
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			return nil, fmt.Errorf("ConfigMap %s/%s: key %s: %w (delete the key; the agent writes it anew)",
				namespace, monitor.ConfigMap, application, err)
		}
		states[application] = s
	}
	return states, nil
}
