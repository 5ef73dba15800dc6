package drift

import (
	"slices"
	"strings"
	"sync"

	"github.com/spotguide/spotguide/sync/inventory"
)

// shared is what the memories of all kinds have in common: most objects are
// alike in their strings and in the set of fields that we manage of them.
type shared struct {
	mu      sync.Mutex
	strings map[string]string
	sets    map[string]*fieldSet
}

// fieldSet is a raw set of managed fields and how many objects have it.
type fieldSet struct {
	digest string
	raw    []byte
	uses   int
}

func newShared() *shared {
	return &shared{strings: make(map[string]string), sets: make(map[string]*fieldSet)}
}

// intern returns the one copy of a string of which there are few.
func (h *shared) intern(s string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if held, ok := h.strings[s]; ok {
		return held
	}
	s = strings.Clone(s)
	h.strings[s] = s
	return s
}

// hold returns the one copy of a raw set.
func (h *shared) hold(raw []byte) *fieldSet {
	digest := inventory.FieldsDigest(raw)
	h.mu.Lock()
	defer h.mu.Unlock()
	set := h.sets[digest]
	if set == nil {
		set = &fieldSet{digest: digest, raw: slices.Clone(raw)}
		h.sets[digest] = set
	}
	set.uses++
	return set
}

func (h *shared) release(set *fieldSet) {
	if set == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if set.uses--; set.uses == 0 {
		delete(h.sets, set.digest)
	}
}
