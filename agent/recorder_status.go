package agent

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
)

// writeStatus writes the document and the annotations where they changed.
func (r *recorder) writeStatus(ctx context.Context, namespace string, s status.Status) error {
	r.mu.Lock()
	last := r.written[namespace]
	r.mu.Unlock()
	s.Conditions = status.Conditions(oldConditions(last.document), s.Phase, s.Message, metav1.Now())
	document, err := status.Encode(s)
	if err != nil {
		return fmt.Errorf("namespace %s: %w", namespace, err)
	}
	if string(document) != last.document {
		err := r.patchConfigMap(ctx, namespace, status.ConfigMap, map[string]any{status.Key: string(document)})
		if err != nil {
			return err
		}
		last.document = string(document)
	}
	short := [3]string{string(s.Phase), s.Revision, s.Message}
	if short != last.short {
		if err := r.annotate(ctx, namespace, short); err != nil {
			return err
		}
		last.short = short
	}
	r.mu.Lock()
	r.written[namespace] = last
	r.mu.Unlock()
	r.settled(namespace, s.Phase)
	return nil
}

// recall notes what an earlier agent has written, so that it is not written again.
func (r *recorder) recall(namespace, document string, s status.Status, histories map[string]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.written[namespace] = written{
		document: document, short: [3]string{string(s.Phase), s.Revision, s.Message}, histories: histories,
	}
}

// forget drops what is known to stand in a namespace.
func (r *recorder) forget(namespace string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.written, namespace)
}

func (r *recorder) annotate(ctx context.Context, namespace string, short [3]string) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]string{
		binding.Phase: short[0], binding.Revision: short[1], binding.Message: short[2],
	}}})
	if err != nil {
		return fmt.Errorf("encode annotations: %w", err)
	}
	_, err = r.client.CoreV1().Namespaces().Patch(ctx, namespace, types.MergePatchType, patch,
		metav1.PatchOptions{FieldManager: fieldManager})
	if err != nil {
		return fmt.Errorf("annotate namespace %s: %w", namespace, err)
	}
	return nil
}

// patchConfigMap sets keys of one of our ConfigMaps and makes it when it is
// missing. A null value removes its key.
func (r *recorder) patchConfigMap(ctx context.Context, namespace, name string, data map[string]any) error {
	patch, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		return fmt.Errorf("encode ConfigMap %s/%s: %w", namespace, name, err)
	}
	maps := r.client.CoreV1().ConfigMaps(namespace)
	_, err = maps.Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	if apierrors.IsNotFound(err) {
		fresh := &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app.kubernetes.io/managed-by": "spotguide"}},
			Data:       map[string]string{},
		}
		for key, value := range data {
			if text, ok := value.(string); ok {
				fresh.Data[key] = text
			}
		}
		_, err = maps.Create(ctx, fresh, metav1.CreateOptions{FieldManager: fieldManager})
	}
	if err != nil {
		return fmt.Errorf("write ConfigMap %s/%s: %w", namespace, name, err)
	}
	return nil
}

func oldConditions(document string) []metav1.Condition {
	var s status.Status
	if json.Unmarshal([]byte(document), &s) != nil {
		return nil
	}
	return s.Conditions
}
