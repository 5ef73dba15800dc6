package observe

import (
	"slices"
	"strings"
	"unique"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// claim is what is kept of a PersistentVolumeClaim.
type claim struct {
	uid                 string
	requested, capacity int64
	class, resizing     word
}

func newClaim(c *corev1.PersistentVolumeClaim) claim {
	requested, capacity := c.Spec.Resources.Requests[corev1.ResourceStorage], c.Status.Capacity[corev1.ResourceStorage]
	out := claim{uid: string(c.UID), requested: requested.Value(), resizing: unique.Make(resizing(c))}
	if c.Status.Phase == corev1.ClaimBound {
		out.capacity = capacity.Value()
	}
	class := ""
	if c.Spec.StorageClassName != nil {
		class = *c.Spec.StorageClassName
	}
	out.class = unique.Make(class)
	return out
}

// resizing is what the cluster says about a claim that is being made larger.
func resizing(c *corev1.PersistentVolumeClaim) string {
	for _, condition := range c.Status.Conditions {
		if condition.Status != corev1.ConditionTrue {
			continue
		}
		switch condition.Type {
		case corev1.PersistentVolumeClaimFileSystemResizePending:
			return "its pod has to be started anew, or has to be mounted first, for the file system to grow"
		case corev1.PersistentVolumeClaimResizing, corev1.PersistentVolumeClaimControllerResizeError, corev1.PersistentVolumeClaimNodeResizeError:
			return short(strings.TrimSpace(string(condition.Type) + " " + condition.Message))
		}
	}
	return ""
}

func (t *table) setClaim(namespace, name string, c claim) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.space(namespace)
	if old, ok := s.claims[name]; ok && old == c {
		return
	}
	s.claims[name] = c
}

func (t *table) removeClaim(namespace, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.spaces[namespace]; s != nil {
		delete(s.claims, name)
		t.tidy(namespace)
	}
}

func (t *table) claimNames() []cache.ObjectName {
	return t.names(func(s *space, add func(string)) {
		for name := range s.claims {
			add(name)
		}
	})
}

func (t *table) setClass(c *storagev1.StorageClass) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.classes[c.Name] = c.AllowVolumeExpansion != nil && *c.AllowVolumeExpansion
}

func (t *table) removeClass(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.classes, name)
}

func (t *table) classNames() (names []cache.ObjectName) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for name := range t.classes {
		names = append(names, cache.NewObjectName("", name))
	}
	return names
}

// volumes are the claims of a target: those that its StatefulSets made, and its own.
// The lock is held.
func (t *table) volumes(target Target) []guide.Claim {
	var out []guide.Claim
	for _, own := range target.Claims {
		if s := t.spaces[own.Namespace]; s != nil {
			if c, ok := s.claims[own.Name]; ok {
				out = append(out, t.showClaim(own.Namespace, own.Name, own.Name, c))
			}
		}
	}
	for _, w := range target.Workloads {
		if w.Namespace == "" {
			w.Namespace = target.Namespace
		}
		s := t.spaces[w.Namespace]
		if s == nil || w.Kind != "StatefulSet" {
			continue
		}
		for name, c := range s.claims {
			if template, ok := madeBy(w.Name, name); ok {
				out = append(out, t.showClaim(w.Namespace, name, template, c))
			}
		}
	}
	slices.SortFunc(out, func(a, b guide.Claim) int {
		return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name)
	})
	return slices.CompactFunc(out, func(a, b guide.Claim) bool { return a.Namespace == b.Namespace && a.Name == b.Name })
}

// madeBy is the volumeClaimTemplate of a claim TEMPLATE-STATEFULSET-NUMBER.
func madeBy(set, name string) (template string, ok bool) {
	i := strings.LastIndexByte(name, '-')
	if i < 0 || i == len(name)-1 || strings.Trim(name[i+1:], "0123456789") != "" {
		return "", false
	}
	template, ok = strings.CutSuffix(name[:i], "-"+set)
	return template, ok && template != ""
}

func (t *table) showClaim(namespace, name, volume string, c claim) guide.Claim {
	return guide.Claim{
		Namespace: namespace, Name: name, UID: c.uid, Volume: volume, Requested: c.requested, Capacity: c.capacity,
		Class: c.class.Value(), Expandable: t.classes[c.class.Value()], Resizing: c.resizing.Value(),
	}
}
