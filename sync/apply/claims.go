package apply

import (
	"hash/maphash"
	"sync"

	"github.com/spotguide/spotguide/sync/inventory"
)

// claims say which application wants which object, so that two applications of
// this agent never fight over one, and an object that moves from one to another
// is handed over instead of deleted. Keys are hashes: a claim costs some ten bytes.
type claims struct {
	seed maphash.Seed

	mu      sync.Mutex
	holders map[uint64]*claimant
	owners  map[inventory.Owner]*claimant
}

type claimant struct {
	owner inventory.Owner
	keys  []uint64
}

func newClaims() *claims {
	return &claims{
		seed:    maphash.MakeSeed(),
		holders: make(map[uint64]*claimant),
		owners:  make(map[inventory.Owner]*claimant),
	}
}

func (c *claims) key(ref inventory.Ref) uint64 { return maphash.Comparable(c.seed, ref.ID()) }

// declare replaces what an owner wants. Refs that another owner holds are not
// granted: they come back with their holder.
func (c *claims) declare(owner inventory.Owner, refs []inventory.Ref) map[inventory.Ref]inventory.Owner {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.release(owner)
	self := &claimant{owner: owner, keys: make([]uint64, 0, len(refs))}
	c.owners[owner] = self
	var contested map[inventory.Ref]inventory.Owner
	for _, ref := range refs {
		key := c.key(ref)
		if holder, ok := c.holders[key]; ok && holder != self {
			if contested == nil {
				contested = make(map[inventory.Ref]inventory.Owner)
			}
			contested[ref] = holder.owner
			continue
		}
		c.holders[key] = self
		self.keys = append(self.keys, key)
	}
	return contested
}

// known tells whether the owner has said what it wants.
func (c *claims) known(owner inventory.Owner) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.owners[owner] != nil
}

// hold keeps others from claiming ref until done is called. Without success it
// tells who holds it.
func (c *claims) hold(owner inventory.Owner, ref inventory.Ref) (done func(), holder inventory.Owner, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := c.key(ref)
	if other, taken := c.holders[key]; taken {
		return func() {}, other.owner, other.owner == owner
	}
	temporary := &claimant{owner: owner}
	c.holders[key] = temporary
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.holders[key] == temporary {
			delete(c.holders, key)
		}
	}, owner, true
}

// forget drops all that an owner wants.
func (c *claims) forget(owner inventory.Owner) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.release(owner)
	delete(c.owners, owner)
}

// release needs the lock.
func (c *claims) release(owner inventory.Owner) {
	self := c.owners[owner]
	if self == nil {
		return
	}
	for _, key := range self.keys {
		if c.holders[key] == self {
			delete(c.holders, key)
		}
	}
}
