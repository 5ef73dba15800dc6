package drift

import (
	"strings"
	"sync"

	"github.com/spotguide/spotguide/sync/inventory"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"
)

// memory is all that is remembered of one kind: what the reflector fills and
// the Watcher reads.
type memory struct {
	kind   schema.GroupVersionKind
	shared *shared
	// changed is called without locks held.
	changed func(inventory.Owner)

	mu      sync.RWMutex
	objects map[name]*object
	awaited map[name]bool // somebody waits for the next event of these
	synced  bool
	version string // last resource version that the watch told of
}

type name struct{ namespace, name string }

// object is a Seen without what its memory knows already.
type object struct {
	owner           inventory.Owner
	uid             string
	version         string
	fields          string
	set             *fieldSet
	health, message string
	foreign         []Hand
	lost            []string
	takers          []Hand
}

func newMemory(kind schema.GroupVersionKind, shared *shared, changed func(inventory.Owner)) *memory {
	return &memory{kind: kind, shared: shared, changed: changed, objects: make(map[name]*object), awaited: make(map[name]bool)}
}

// get tells what is known of an object; false while the kind is not synced.
func (m *memory) get(ref inventory.Ref) (Seen, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.read(ref)
}

// await is get, and has the next event told if what is known is older than what
// was applied.
func (m *memory) await(applied inventory.Entry) (Seen, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen, known := m.read(applied.Ref)
	if known && seen.Before(applied) {
		m.awaited[name{applied.Namespace, applied.Name}] = true
	}
	return seen, known
}

// read needs the lock.
func (m *memory) read(ref inventory.Ref) (Seen, bool) {
	if !m.synced {
		return Seen{}, false
	}
	o := m.objects[name{ref.Namespace, ref.Name}]
	if o == nil {
		return Seen{Ref: ref, Deleted: true, ResourceVersion: m.version}, true
	}
	return Seen{
		Ref: ref, Owner: o.owner, UID: o.uid, ResourceVersion: o.version, Fields: o.fields,
		Health: o.health, Message: o.message, Foreign: o.foreign, Lost: o.lost, Takers: o.takers,
	}, true
}

// Add, Update, Delete, Replace, Bookmark and Resync are the reflector's.

// Add takes in an object that came to be, or came to bear the label.
func (m *memory) Add(seen any) error { return m.Update(seen) }

// Update takes in an object as it is now.
func (m *memory) Update(seen any) error {
	s := seen.(*sighting)
	m.mu.Lock()
	owners := m.put(s)
	m.version = s.ResourceVersion
	m.mu.Unlock()
	m.tell(owners...)
	return nil
}

// Delete forgets an object that is gone or lost the label.
func (m *memory) Delete(seen any) error {
	s, ok := seen.(*sighting)
	if gone, unknown := seen.(cache.DeletedFinalStateUnknown); unknown {
		s, ok = gone.Obj.(*sighting)
	}
	if !ok {
		return nil
	}
	m.mu.Lock()
	owner := m.drop(name{s.Namespace, s.Name})
	m.version = s.ResourceVersion
	m.mu.Unlock()
	m.tell(owner)
	return nil
}

// Replace takes in a whole list; what it lacks is gone.
func (m *memory) Replace(list []any, version string) error {
	m.mu.Lock()
	missing := make(map[name]bool, len(m.objects))
	for at := range m.objects {
		missing[at] = true
	}
	var owners []inventory.Owner
	for _, seen := range list {
		s := seen.(*sighting)
		delete(missing, name{s.Namespace, s.Name})
		owners = append(owners, m.put(s)...)
	}
	for at := range missing {
		owners = append(owners, m.drop(at))
	}
	if !m.synced {
		// Whatever was missed before the watch began shows now.
		for _, o := range m.objects {
			owners = append(owners, o.owner)
		}
	}
	m.version, m.synced = version, true
	m.mu.Unlock()
	m.tell(owners...)
	return nil
}

// Bookmark tells that nothing happened up to the version.
func (m *memory) Bookmark(version string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.version = version
	return nil
}

// Resync has nothing to do: nobody replays from here.
func (m *memory) Resync() error { return nil }

// put remembers a sighting and returns the owners to be told of it: nobody when
// nothing happened but our own apply. It needs the lock.
func (m *memory) put(s *sighting) []inventory.Owner {
	at := name{s.Namespace, s.Name}
	old := m.objects[at]
	if old != nil && old.version == s.ResourceVersion {
		return nil
	}
	now := m.shared.object(s, old)
	if old == nil {
		at = name{m.shared.intern(s.Namespace), strings.Clone(s.Name)}
	} else {
		m.shared.release(old.set)
	}
	m.objects[at] = now
	awaited := m.awaited[at]
	delete(m.awaited, at)
	switch {
	case old == nil:
		return []inventory.Owner{now.owner}
	case old.owner != now.owner:
		return []inventory.Owner{old.owner, now.owner}
	case awaited, !inventory.SameFields(old.fields, now.fields), old.health != now.health, old.message != now.message:
		return []inventory.Owner{now.owner}
	}
	return nil
}

// drop forgets an object and returns whose it was. It needs the lock.
func (m *memory) drop(at name) inventory.Owner {
	old := m.objects[at]
	if old == nil {
		return inventory.Owner{}
	}
	m.shared.release(old.set)
	delete(m.objects, at)
	delete(m.awaited, at)
	return old.owner
}

func (m *memory) tell(owners ...inventory.Owner) {
	for _, owner := range owners {
		if owner.Application != "" {
			m.changed(owner)
		}
	}
}
