package operate

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
)

// ConfigMap is what a namespace's books are in.
const ConfigMap = "spotguide-operations"

const (
	fieldManager = "spotguide-monitor"
	orderEntry   = "order"
)

// state is how far an order has got.
type state string

const (
	proposed state = "proposed"
	underWay state = "underWay"
	over     state = "over"
)

// books keep orders, and what operators write down, in a namespace's ConfigMap.
type books struct {
	client typedcorev1.ConfigMapsGetter
}

// written is what stands in the books of an application.
type written struct {
	order Order
	state state // "" for nothing
	books map[string][]byte
}

// entry is how an order is written down.
type entry struct {
	Order
	State state `json:"state"`
}

func (b books) read(ctx context.Context, namespace, application string) (written, error) {
	w := written{books: map[string][]byte{}}
	m, err := b.client.ConfigMaps(namespace).Get(ctx, ConfigMap, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return w, nil
	case err != nil:
		return w, fmt.Errorf("read ConfigMap %s/%s: %w", namespace, ConfigMap, err)
	}
	prefix := application + "."
	for name, text := range m.Data {
		if name, own := strings.CutPrefix(name, prefix); own {
			w.books[name] = []byte(text)
		}
	}
	for name, content := range m.BinaryData {
		if name, own := strings.CutPrefix(name, prefix); own {
			w.books[name] = content
		}
	}
	if text, is := w.books[orderEntry]; is {
		var e entry
		if json.Unmarshal(text, &e) == nil { // else somebody has edited it: nothing is taken up
			w.order, w.state = e.Order, e.State
		}
		delete(w.books, orderEntry)
	}
	w.order.Namespace, w.order.Application = namespace, application
	return w, nil
}

// write replaces an application's books.
func (b books) write(ctx context.Context, order Order, s state, content map[string][]byte) error {
	text, err := json.Marshal(entry{order, s})
	if err != nil {
		return err
	}
	all := map[string][]byte{orderEntry: text}
	for name, content := range content {
		all[name] = content
	}
	return b.replace(ctx, order.Namespace, order.Application, all)
}

func (b books) forget(ctx context.Context, namespace, application string) error {
	return b.replace(ctx, namespace, application, nil)
}

func (b books) replace(ctx context.Context, namespace, application string, all map[string][]byte) error {
	maps := b.client.ConfigMaps(namespace)
	m, err := maps.Get(ctx, ConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		if len(all) == 0 {
			return nil
		}
		m = &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: ConfigMap, Namespace: namespace}}
		m, err = maps.Create(ctx, m, metav1.CreateOptions{FieldManager: fieldManager})
	}
	if err != nil {
		return fmt.Errorf("write ConfigMap %s/%s: %w", namespace, ConfigMap, err)
	}
	patch, err := json.Marshal(change(m, application+".", all))
	if err == nil {
		_, err = maps.Patch(ctx, ConfigMap, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	}
	if err != nil {
		return fmt.Errorf("write ConfigMap %s/%s: %w", namespace, ConfigMap, err)
	}
	return nil
}

// change is the patch that leaves all, and nothing else, below a prefix.
func change(m *corev1.ConfigMap, prefix string, all map[string][]byte) map[string]map[string]any {
	data, binary := map[string]any{}, map[string]any{}
	for name := range m.Data {
		if strings.HasPrefix(name, prefix) {
			data[name] = nil
		}
	}
	for name := range m.BinaryData {
		if strings.HasPrefix(name, prefix) {
			binary[name] = nil
		}
	}
	for name, content := range all {
		if utf8.Valid(content) {
			data[prefix+name] = string(content)
		} else {
			binary[prefix+name] = content
		}
	}
	return map[string]map[string]any{"data": data, "binaryData": binary}
}
