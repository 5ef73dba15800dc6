package inventory

import (
	"context"
	"fmt"
	"hash/maphash"
	"sort"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/pager"
)

// ConfigMapName is the ConfigMap that holds the records of its namespace.
const ConfigMapName = "spotguide-inventory"

const (
	labelManagedBy = "app.kubernetes.io/managed-by"
	loadPage       = 200
)

// CorruptError tells of a record that cannot be read. Nothing may be pruned by
// it; putting a new record heals it.
type CorruptError struct {
	Owner Owner
	Err   error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("inventory of application %s: key %s of ConfigMap %s is damaged: %v",
		e.Owner, e.Owner.Application, ConfigMapName, e.Err)
}

func (e *CorruptError) Unwrap() error { return e.Err }

// Store reads and writes records as the agent itself. It is the only writer of
// them, so it reads each namespace once and answers from memory then. A Store
// may be used by several goroutines; two must not write the same owner's record
// at once.
type Store struct {
	client corev1client.ConfigMapsGetter
	seed   maphash.Seed

	mu     sync.Mutex
	loaded map[string]bool // namespaces whose ConfigMap was read
	slots  map[Owner]slot
}

// slot is what is remembered of one application. written is the hash of what
// the ConfigMap holds, 0 when that is unknown.
type slot struct {
	record  Record
	written uint64
	corrupt error
}

// NewStore returns a store that reads and writes through client.
func NewStore(client corev1client.ConfigMapsGetter) *Store {
	return &Store{
		client: client,
		seed:   maphash.MakeSeed(),
		loaded: make(map[string]bool),
		slots:  make(map[Owner]slot),
	}
}

// Load reads the records of all namespaces at once; after it, a namespace
// without records costs no request either. For a start with many namespaces.
func (s *Store) Load(ctx context.Context) error {
	list := pager.New(func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
		return s.client.ConfigMaps(metav1.NamespaceAll).List(ctx, o)
	})
	list.PageSize = loadPage
	options := metav1.ListOptions{LabelSelector: labelManagedBy + "=" + Manager}
	err := list.EachListItem(ctx, options, func(o runtime.Object) error {
		if m := o.(*corev1.ConfigMap); m.Name == ConfigMapName {
			s.remember(m.Namespace, m.Data)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("load inventories: %w", err)
	}
	return nil
}

// Get returns the record of an application, the zero Record when it has none.
// The caller must not change what the record holds. A damaged record is a
// *CorruptError.
func (s *Store) Get(ctx context.Context, owner Owner) (Record, error) {
	if err := s.ensure(ctx, owner.Namespace); err != nil {
		return Record{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.slots[owner]
	if found.corrupt != nil {
		return Record{}, &CorruptError{Owner: owner, Err: found.corrupt}
	}
	return found.record, nil
}

// Applications lists those of the namespace that have a record, also a damaged
// one, by name.
func (s *Store) Applications(ctx context.Context, namespace string) ([]string, error) {
	if err := s.ensure(ctx, namespace); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for owner := range s.slots {
		if owner.Namespace == namespace {
			names = append(names, owner.Application)
		}
	}
	sort.Strings(names)
	return names, nil
}

// AddPending writes down that the owner may soon own refs. It costs no request
// when the record holds them all. It must not be called for a damaged record.
func (s *Store) AddPending(ctx context.Context, owner Owner, refs []Ref) error {
	record, err := s.Get(ctx, owner)
	if err != nil {
		return err
	}
	owned := make(map[Ref]bool)
	for _, ref := range record.Refs() {
		owned[ref.ID()] = true
	}
	pending := record.Pending[:len(record.Pending):len(record.Pending)]
	for _, ref := range refs {
		if !owned[ref.ID()] {
			pending = append(pending, ref)
		}
	}
	if len(pending) == len(record.Pending) {
		return nil
	}
	record.Pending = pending
	return s.Put(ctx, owner, record)
}

// Stage remembers the record of an application without writing it: Get answers
// with it from now on, and a later Put writes. What is staged is lost with the
// process, which then finds the older record: pending objects are in it, and
// changed ones no longer look as it says.
func (s *Store) Stage(owner Owner, record Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slots[owner] = slot{record: record, written: s.slots[owner].written}
}

// Put replaces the record of an application. It costs no request when nothing
// of it changed.
func (s *Store) Put(ctx context.Context, owner Owner, record Record) error {
	encoded, err := Encode(record)
	if err != nil {
		return fmt.Errorf("inventory of application %s: %w", owner, err)
	}
	hash := maphash.String(s.seed, encoded)
	s.mu.Lock()
	unchanged := s.slots[owner].written == hash
	s.slots[owner] = slot{record: record}
	s.mu.Unlock()
	if !unchanged {
		if err := s.write(ctx, owner, &encoded); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slots[owner] = slot{record: record, written: hash}
	return nil
}

// Delete removes the record of an application that owns nothing any more.
func (s *Store) Delete(ctx context.Context, owner Owner) error {
	if err := s.write(ctx, owner, nil); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.slots, owner)
	return nil
}

// Forget drops what is remembered of a namespace, for instance when it is gone.
func (s *Store) Forget(namespace string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.loaded, namespace)
	for owner := range s.slots {
		if owner.Namespace == namespace {
			delete(s.slots, owner)
		}
	}
}
