package observe

import (
	"context"
	"fmt"
	"sync/atomic"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// reflected is one kind that a reflector keeps in the table.
type reflected struct {
	run    func(context.Context)
	synced func() bool
}

// reflectAll is every kind that is watched.
func reflectAll(c kubernetes.Interface, t *table) []reflected {
	core, apps, batch, scaling, storage := c.CoreV1().RESTClient(), c.AppsV1().RESTClient(), c.BatchV1().RESTClient(), c.AutoscalingV2().RESTClient(), c.StorageV1().RESTClient()
	return []reflected{
		reflect(core, "nodes", &corev1.Node{}, &sink[*corev1.Node]{
			strip:  stripNode,
			set:    func(n *corev1.Node) { t.setNode(n.Name, newNode(n)) },
			remove: func(_, name string) { t.removeNode(name) },
			names:  t.nodeNames,
		}),
		reflect(core, "pods", &corev1.Pod{}, &sink[*corev1.Pod]{
			strip:  stripPod,
			set:    func(p *corev1.Pod) { t.setPod(p.Namespace, newPod(p)) },
			remove: t.removePod,
			names:  t.podNames,
		}),
		reflectWorkload(t, apps, "Deployment", "deployments", &appsv1.Deployment{}, deployment),
		reflectWorkload(t, apps, "StatefulSet", "statefulsets", &appsv1.StatefulSet{}, statefulSet),
		reflectWorkload(t, apps, "DaemonSet", "daemonsets", &appsv1.DaemonSet{}, daemonSet),
		reflectWorkload(t, batch, "Job", "jobs", &batchv1.Job{}, job),
		reflect(scaling, "horizontalpodautoscalers", &autoscalingv2.HorizontalPodAutoscaler{}, &sink[*autoscalingv2.HorizontalPodAutoscaler]{
			set: func(h *autoscalingv2.HorizontalPodAutoscaler) {
				t.setScaler(h.Namespace, h.Name, Ref{h.Spec.ScaleTargetRef.Kind, h.Spec.ScaleTargetRef.Name})
			},
			remove: t.removeScaler,
			names:  t.scalerNames,
		}),
		reflect(core, "persistentvolumeclaims", &corev1.PersistentVolumeClaim{}, &sink[*corev1.PersistentVolumeClaim]{
			set:    func(c *corev1.PersistentVolumeClaim) { t.setClaim(c.Namespace, c.Name, newClaim(c)) },
			remove: t.removeClaim,
			names:  t.claimNames,
		}),
		reflect(storage, "storageclasses", &storagev1.StorageClass{}, &sink[*storagev1.StorageClass]{
			set:    t.setClass,
			remove: func(_, name string) { t.removeClass(name) },
			names:  t.classNames,
		}),
		reflectRefusals(t, core, failedMount),
		reflectRefusals(t, core, failedAttach),
	}
}

// reflectRefusals follows the events that tell of a pod's volumes. They only say
// more of what is seen anyway, so nothing waits for them.
func reflectRefusals(t *table, c rest.Interface, reason string) reflected {
	some := fields.Set{"involvedObject.kind": "Pod", "reason": reason}.AsSelector()
	r := reflectSome(c, "events", some, &corev1.Event{}, &sink[*corev1.Event]{
		set:    func(e *corev1.Event) { t.setRefusal(reason, e) },
		remove: func(namespace, name string) { t.removeRefusal(reason, namespace, name) },
		names:  func() []cache.ObjectName { return t.refusalNames(reason) },
	})
	r.synced = func() bool { return true }
	return r
}

func reflectWorkload[O object](t *table, c rest.Interface, kind, resource string, example O, boil func(O) workload) reflected {
	return reflect(c, resource, example, &sink[O]{
		set:    func(o O) { t.setWorkload(o.GetNamespace(), Ref{kind, o.GetName()}, boil(o)) },
		remove: func(namespace, name string) { t.removeWorkload(namespace, Ref{kind, name}) },
		names:  func() []cache.ObjectName { return t.workloadNames(kind) },
	})
}

func reflect[O object](c rest.Interface, resource string, example O, s *sink[O]) reflected {
	return reflectSome(c, resource, fields.Everything(), example, s)
}

// reflectSome reflects the objects that a selector chooses.
func reflectSome[O object](c rest.Interface, resource string, some fields.Selector, example O, s *sink[O]) reflected {
	lw := cache.NewListWatchFromClient(c, resource, metav1.NamespaceAll, some)
	r := cache.NewReflectorWithOptions(lw, example, s, cache.ReflectorOptions{Name: "monitor/" + resource})
	return reflected{run: r.RunWithContext, synced: s.synced.Load}
}

type object interface {
	metav1.Object
	comparable
}

// sink is the end of a reflector: it boils objects down and keeps none. The
// reflector calls it from one goroutine.
type sink[O object] struct {
	// strip may drop what set does not read, so that a first list is small too.
	strip  func(O)
	set    func(O)
	remove func(namespace, name string)

	// names are those of all that is set and was not removed.
	names func() []cache.ObjectName

	synced atomic.Bool
}

var _ cache.TransformingStore = (*sink[*corev1.Pod])(nil)

// Add implements cache.ReflectorStore.
func (s *sink[O]) Add(obj any) error {
	o, ok := obj.(O)
	if !ok {
		return fmt.Errorf("watch sent a %T", obj)
	}
	s.set(o)
	return nil
}

// Update implements cache.ReflectorStore.
func (s *sink[O]) Update(obj any) error { return s.Add(obj) }

// Delete implements cache.ReflectorStore.
func (s *sink[O]) Delete(obj any) error {
	name, err := cache.DeletionHandlingObjectToName(obj)
	if err != nil {
		return err
	}
	s.remove(name.Namespace, name.Name)
	return nil
}

// Replace implements cache.ReflectorStore: what is not listed is gone.
func (s *sink[O]) Replace(list []any, _ string) error {
	listed := make(map[cache.ObjectName]bool, len(list))
	for _, obj := range list {
		if err := s.Add(obj); err != nil {
			return err
		}
		listed[cache.MetaObjectToName(obj.(O))] = true
	}
	for _, name := range s.names() {
		if !listed[name] {
			s.remove(name.Namespace, name.Name)
		}
	}
	s.synced.Store(true)
	return nil
}

// Resync implements cache.ReflectorStore.
func (s *sink[O]) Resync() error { return nil }

// Transformer implements cache.TransformingStore.
func (s *sink[O]) Transformer() cache.TransformFunc {
	return func(obj any) (any, error) {
		if o, ok := obj.(O); ok {
			o.SetManagedFields(nil)
			o.SetAnnotations(nil)
			if s.strip != nil {
				s.strip(o)
			}
		}
		return obj, nil
	}
}
