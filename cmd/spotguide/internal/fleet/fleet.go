// Package fleet reads what the agent says of the namespaces that follow a
// repository: their annotations and the status documents beside them. A look at
// one namespace or at all of them costs two requests.
package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
)

// Namespace is one namespace that follows a repository, or did.
type Namespace struct {
	Name string
	// Annotations are those of ours.
	Annotations map[string]string
	Terminating bool
	// Status is the zero Status while the agent has written none.
	Status status.Status
}

// Followed tells whether the namespace names a repository.
func (n Namespace) Followed() bool { return binding.Bound(n.Annotations) }

// NotFoundError tells that there is no such namespace.
type NotFoundError struct{ Namespace string }

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("there is no namespace %s: `spotguide follow REPOSITORY -n %s` makes one that follows a repository",
		e.Namespace, e.Namespace)
}

// NotFollowedError tells that a namespace names no repository.
type NotFollowedError struct{ Namespace string }

func (e *NotFollowedError) Error() string {
	return fmt.Sprintf("namespace %s is not followed: annotate it with %s=ADDRESS, or run `spotguide follow ADDRESS -n %s`; "+
		"`spotguide status -A` lists those that are",
		e.Namespace, binding.Repository, e.Namespace)
}

// Get reads one namespace, followed or not.
func Get(ctx context.Context, client kubernetes.Interface, name string) (Namespace, error) {
	n, err := getNamespace(ctx, client, name)
	if err != nil {
		return n, err
	}
	document, err := client.CoreV1().ConfigMaps(name).Get(ctx, status.ConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return n, nil
	}
	if err != nil {
		return Namespace{}, fmt.Errorf("read ConfigMap %s/%s: %w", name, status.ConfigMap, err)
	}
	n.Status, err = decode(document)
	return n, err
}

// getNamespace reads the Namespace without its status document.
func getNamespace(ctx context.Context, client kubernetes.Interface, name string) (Namespace, error) {
	ns, err := client.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return Namespace{}, &NotFoundError{Namespace: name}
	}
	if err != nil {
		return Namespace{}, fmt.Errorf("read namespace %s: %w", name, err)
	}
	return fromNamespace(ns), nil
}

// GetFollowed is Get for a namespace that has to follow a repository.
func GetFollowed(ctx context.Context, client kubernetes.Interface, name string) (Namespace, error) {
	n, err := Get(ctx, client, name)
	if err == nil && !n.Followed() {
		err = &NotFollowedError{Namespace: name}
	}
	return n, err
}

// Find reads a followed namespace and one of its applications.
func Find(ctx context.Context, client kubernetes.Interface, namespace, name string) (Namespace, status.Application, error) {
	n, err := GetFollowed(ctx, client, namespace)
	if err != nil {
		return n, status.Application{}, err
	}
	var names []string
	for _, a := range n.Status.Applications {
		if a.Name == name {
			return n, a, nil
		}
		names = append(names, a.Name)
	}
	if len(names) == 0 {
		return n, status.Application{}, fmt.Errorf("namespace %s has no applications yet: `spotguide status -n %s` tells why", namespace, namespace)
	}
	return n, status.Application{}, fmt.Errorf("namespace %s has no application %q; it has %s", namespace, name, strings.Join(names, ", "))
}

// List reads all namespaces that are followed, by name.
func List(ctx context.Context, client kubernetes.Interface) ([]Namespace, error) {
	namespaces, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list namespaces: %w", err)
	}
	documents, err := client.CoreV1().ConfigMaps("").List(ctx, metav1.ListOptions{FieldSelector: documentSelector()})
	if err != nil {
		return nil, fmt.Errorf("list ConfigMaps %s: %w", status.ConfigMap, err)
	}
	return join(pointers(namespaces.Items), pointers(documents.Items))
}

// join ties documents to the followed ones among the namespaces.
func join(namespaces []*corev1.Namespace, documents []*corev1.ConfigMap) ([]Namespace, error) {
	told := make(map[string]*corev1.ConfigMap, len(documents))
	for _, d := range documents {
		told[d.Namespace] = d
	}
	var all []Namespace
	for _, ns := range namespaces {
		n := fromNamespace(ns)
		if !n.Followed() {
			continue
		}
		if d := told[ns.Name]; d != nil {
			var err error
			if n.Status, err = decode(d); err != nil {
				return nil, err
			}
		}
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b Namespace) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func fromNamespace(ns *corev1.Namespace) Namespace {
	n := Namespace{Name: ns.Name, Annotations: map[string]string{}, Terminating: ns.DeletionTimestamp != nil}
	for key, value := range ns.Annotations {
		if strings.HasPrefix(key, binding.Prefix) {
			n.Annotations[key] = value
		}
	}
	return n
}

func decode(document *corev1.ConfigMap) (status.Status, error) {
	var s status.Status
	text := document.Data[status.Key]
	if text == "" {
		return s, nil
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return s, fmt.Errorf("ConfigMap %s/%s: key %s is no status document: %w (delete the ConfigMap; the agent writes it anew)",
			document.Namespace, document.Name, status.Key, err)
	}
	return s, nil
}

func documentSelector() string {
	return fields.OneTermEqualSelector("metadata.name", status.ConfigMap).String()
}

func pointers[T any](items []T) []*T {
	all := make([]*T, len(items))
	for i := range items {
		all[i] = &items[i]
	}
	return all
}
