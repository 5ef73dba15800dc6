package observe

import "k8s.io/client-go/tools/cache"

// podNames and the like are what a new list is compared with, to find what is
// gone.
func (t *table) podNames() []cache.ObjectName {
	return t.names(func(s *space, add func(string)) {
		for name := range s.pods {
			add(name)
		}
	})
}

func (t *table) workloadNames(kind string) []cache.ObjectName {
	return t.names(func(s *space, add func(string)) {
		for ref := range s.workloads {
			if ref.Kind == kind {
				add(ref.Name)
			}
		}
	})
}

func (t *table) scalerNames() []cache.ObjectName {
	return t.names(func(s *space, add func(string)) {
		for name := range s.scalers {
			add(name)
		}
	})
}

func (t *table) nodeNames() (names []cache.ObjectName) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for name := range t.nodes {
		names = append(names, cache.NewObjectName("", name))
	}
	return names
}

func (t *table) names(of func(*space, func(string))) (names []cache.ObjectName) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for namespace, s := range t.spaces {
		of(s, func(name string) { names = append(names, cache.NewObjectName(namespace, name)) })
	}
	return names
}
