package observe

import (
	"slices"
	"sync"
)

// table is all that is known, boiled down. Reflectors write it, one a kind.
type table struct {
	note func(namespace string, workload Ref)

	mu     sync.RWMutex
	spaces map[string]*space
	nodes  map[string]node  // by name
	usable map[string]int32 // nodes that take pods, by zone
	// classes of storage, and whether their volumes can be made larger
	classes map[string]bool
}

// space is what is known of one namespace.
type space struct {
	pods      map[string]*pod
	owned     map[Ref][]*pod
	workloads map[Ref]workload
	scalers   map[string]Ref     // what each HorizontalPodAutoscaler scales
	refusals  map[string]refusal // of volumes, by the event that tells it
	claims    map[string]claim
}

func newTable(note func(string, Ref)) *table {
	return &table{note: note, spaces: map[string]*space{}, nodes: map[string]node{}, usable: map[string]int32{}, classes: map[string]bool{}}
}

// space makes one if there is none. The lock is held.
func (t *table) space(namespace string) *space {
	s := t.spaces[namespace]
	if s == nil {
		s = &space{pods: map[string]*pod{}, owned: map[Ref][]*pod{}, workloads: map[Ref]workload{}, scalers: map[string]Ref{}, refusals: map[string]refusal{}, claims: map[string]claim{}}
		t.spaces[namespace] = s
	}
	return s
}

// tidy drops a namespace of which nothing is left. The lock is held.
func (t *table) tidy(namespace string) {
	s := t.spaces[namespace]
	if s != nil && len(s.pods)+len(s.workloads)+len(s.scalers)+len(s.refusals)+len(s.claims) == 0 {
		delete(t.spaces, namespace)
	}
}

func (s *space) autoscaled(w Ref) bool {
	for _, scaled := range s.scalers {
		if scaled == w {
			return true
		}
	}
	return false
}

// endpoints are the pods of a workload that have an address of their own and are
// not on their way out.
func (t *table) endpoints(namespace string, workload Ref) (out []Endpoint) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	s := t.spaces[namespace]
	if s == nil {
		return nil
	}
	for _, p := range s.owned[workload] {
		if p.address.IsValid() && p.delete == 0 && p.phase.Value() == "Running" {
			out = append(out, Endpoint{UID: p.uid, Address: p.address, Ready: p.ready})
		}
	}
	return out
}

func (t *table) setPod(namespace string, p pod) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.space(namespace)
	old := s.pods[p.name]
	if old != nil && *old == p {
		return
	}
	if old != nil {
		t.disown(s, namespace, old)
	}
	s.pods[p.name] = &p
	s.owned[p.owner()] = append(s.owned[p.owner()], &p)
	t.note(namespace, p.owner())
}

func (t *table) removePod(namespace, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.spaces[namespace]
	if s == nil || s.pods[name] == nil {
		return
	}
	t.disown(s, namespace, s.pods[name])
	delete(s.pods, name)
	t.tidy(namespace)
}

func (t *table) disown(s *space, namespace string, p *pod) {
	left := slices.DeleteFunc(s.owned[p.owner()], func(q *pod) bool { return q == p })
	s.owned[p.owner()] = left
	if len(left) == 0 {
		delete(s.owned, p.owner())
	}
	t.note(namespace, p.owner())
}

func (t *table) setWorkload(namespace string, ref Ref, w workload) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.space(namespace)
	if old, ok := s.workloads[ref]; ok && old == w {
		return
	}
	s.workloads[ref] = w
	t.note(namespace, ref)
}

func (t *table) removeWorkload(namespace string, ref Ref) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.spaces[namespace]; s != nil {
		delete(s.workloads, ref)
		t.note(namespace, ref)
		t.tidy(namespace)
	}
}

func (t *table) setScaler(namespace, name string, scaled Ref) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.space(namespace)
	if old, ok := s.scalers[name]; ok && old != scaled {
		t.note(namespace, old)
	} else if ok {
		return
	}
	s.scalers[name] = scaled
	t.note(namespace, scaled)
}

func (t *table) removeScaler(namespace, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.spaces[namespace]
	if s == nil {
		return
	}
	if scaled, ok := s.scalers[name]; ok {
		delete(s.scalers, name)
		t.note(namespace, scaled)
		t.tidy(namespace)
	}
}
