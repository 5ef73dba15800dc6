package inventory

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"
)

// ensure reads the namespace's ConfigMap unless it was read already.
func (s *Store) ensure(ctx context.Context, namespace string) error {
	s.mu.Lock()
	loaded := s.loaded[namespace]
	s.mu.Unlock()
	if loaded {
		return nil
	}
	m, err := s.client.ConfigMaps(namespace).Get(ctx, ConfigMapName, metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("read inventory of namespace %s: %w", namespace, err)
	}
	var data map[string]string
	if err == nil {
		data = m.Data
	}
	s.remember(namespace, data)
	return nil
}

// remember takes over the records of a namespace, except those that were put
// since: they are newer.
func (s *Store) remember(namespace string, data map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded[namespace] = true
	for application, encoded := range data {
		owner := Owner{Namespace: namespace, Application: application}
		if _, ok := s.slots[owner]; ok {
			continue
		}
		record, err := Decode(encoded)
		s.slots[owner] = slot{record: record, written: maphash.String(s.seed, encoded), corrupt: err}
	}
}

// write sets one key of the ConfigMap, or removes it when encoded is nil. Other
// keys are left alone, so applications of one namespace never conflict.
func (s *Store) write(ctx context.Context, owner Owner, encoded *string) error {
	if problems := validation.IsConfigMapKey(owner.Application); len(problems) > 0 {
		return fmt.Errorf("inventory of application %s: the name cannot be a ConfigMap key: %s", owner, problems[0])
	}
	patch, err := json.Marshal(map[string]any{"data": map[string]*string{owner.Application: encoded}})
	if err != nil {
		return fmt.Errorf("inventory of application %s: %w", owner, err)
	}
	maps := s.client.ConfigMaps(owner.Namespace)
	options := metav1.PatchOptions{FieldManager: Manager}
	_, err = maps.Patch(ctx, ConfigMapName, types.MergePatchType, patch, options)
	if apierrors.IsNotFound(err) {
		if encoded == nil {
			return nil
		}
		_, err = maps.Create(ctx, s.whole(owner, *encoded), metav1.CreateOptions{FieldManager: Manager})
		if apierrors.IsAlreadyExists(err) {
			_, err = maps.Patch(ctx, ConfigMapName, types.MergePatchType, patch, options)
		}
	}
	if err != nil {
		return fmt.Errorf("write inventory of application %s: %w", owner, err)
	}
	return nil
}

// whole is the namespace's ConfigMap with all that is remembered: when somebody
// deleted it, the other applications' records come back too.
func (s *Store) whole(owner Owner, encoded string) *corev1.ConfigMap {
	data := map[string]string{owner.Application: encoded}
	s.mu.Lock()
	defer s.mu.Unlock()
	for other, held := range s.slots {
		if other.Namespace != owner.Namespace || other == owner || held.corrupt != nil || held.written == 0 {
			continue
		}
		// One that cannot be encoded could not have been written either.
		if text, err := Encode(held.record); err == nil {
			data[other.Application] = text
		}
	}
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name:      ConfigMapName,
			Namespace: owner.Namespace,
			Labels:    map[string]string{labelManagedBy: Manager},
		},
		Data: data,
	}
}
