package platform

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// Guide is what is brought up where a cluster has no ingress controller. It is the
// name of its ingress class, too.
const Guide = "traefik"

// ConfigMap says for whom something was brought up, in the namespace where it is:
// a key NAMESPACE.APPLICATION for each, since a key has no slash.
const ConfigMap = "spotguide-platform"

// Books reads for whom the ingress controller was brought up, by "namespace/
// application"; nil when it never was.
func Books(ctx context.Context, client kubernetes.Interface, namespace string) (map[string]Needs, error) {
	m, err := client.CoreV1().ConfigMaps(namespace).Get(ctx, ConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read ConfigMap %s/%s: %w", namespace, ConfigMap, err)
	}
	each := map[string]Needs{}
	for key, value := range m.Data {
		var n Needs
		if err := json.Unmarshal([]byte(value), &n); err != nil {
			continue // it is written anew when the application is rendered again
		}
		each[strings.Replace(key, ".", "/", 1)] = n
	}
	return each, nil
}

// write replaces the books.
func write(ctx context.Context, client kubernetes.Interface, namespace string, each map[string]Needs) error {
	m := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: ConfigMap, Namespace: namespace}, Data: map[string]string{}}
	for owner, n := range each {
		encoded, err := json.Marshal(n)
		if err != nil {
			return fmt.Errorf("encode needs of %s: %w", owner, err)
		}
		m.Data[strings.Replace(owner, "/", ".", 1)] = string(encoded)
	}
	maps := client.CoreV1().ConfigMaps(namespace)
	_, err := maps.Update(ctx, m, metav1.UpdateOptions{})
	if apierrors.IsNotFound(err) {
		_, err = maps.Create(ctx, m, metav1.CreateOptions{})
	}
	if err != nil {
		return fmt.Errorf("write ConfigMap %s/%s: %w", namespace, ConfigMap, err)
	}
	return nil
}

// Forget takes the books away, when what they speak of was removed.
func Forget(ctx context.Context, client kubernetes.Interface, namespace string) error {
	err := client.CoreV1().ConfigMaps(namespace).Delete(ctx, ConfigMap, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete ConfigMap %s/%s: %w", namespace, ConfigMap, err)
	}
	return nil
}
