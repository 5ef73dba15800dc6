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
	suitors map[uint64]*claimant // who takes over when the holder lets go
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
		suitors: make(map[uint64]*claimant),
		owners:  make(map[inventory.Owner]*claimant),
	}
}

func (c *claims) key(ref inventory.Ref) uint64 { return maphash.Comparable(c.seed, ref.ID()) }

// declare replaces what an owner wants. Refs that another owner holds are not
// granted now: they come back with their holder, and pass on once it lets go.
func (c *claims) declare(owner inventory.Owner, refs []inventory.Ref) map[inventory.Ref]inventory.Owner {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.owners[owner]
	self := &claimant{owner: owner, keys: make([]uint64, 0, len(refs))}
	c.owners[owner] = self
	var contested map[inventory.Ref]inventory.Owner
	for _, ref := range refs {
		key := c.key(ref)
		self.keys = append(self.keys, key)
		if holder := c.holders[key]; holder != nil && holder.owner != owner {
			if contested == nil {
				contested = make(map[inventory.Ref]inventory.Owner)
			}
			contested[ref] = holder.owner
			c.suitors[key] = self
			continue
		}
		c.holders[key] = self
	}
	c.release(before)
	return contested
}

// known tells whether the owner has said what it wants.
func (c *claims) known(owner inventory.Owner) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.owners[owner] != nil
}

// cede gives up a claim, in favour of whoever wants the object too.
func (c *claims) cede(owner inventory.Owner, ref inventory.Ref) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := c.key(ref)
	if self := c.holders[key]; self != nil && self.owner == owner {
		c.passOn(key)
	}
}

// awaited tells whether the owner waits for what another one holds.
func (c *claims) awaited(owner inventory.Owner, ref inventory.Ref) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	suitor := c.suitors[c.key(ref)]
	return suitor != nil && suitor.owner == owner
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
			c.passOn(key)
		}
	}, owner, true
}

// forget drops all that an owner wants.
func (c *claims) forget(owner inventory.Owner) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.release(c.owners[owner])
	delete(c.owners, owner)
}

// release ends the claims of one who has no newer ones to the same. It needs the
// lock.
func (c *claims) release(old *claimant) {
	if old == nil {
		return
	}
	for _, key := range old.keys {
		if c.suitors[key] == old {
			delete(c.suitors, key)
		}
		if c.holders[key] == old {
			c.passOn(key)
		}
	}
}

// passOn gives a claim to its suitor, if there is one. It needs the lock.
func (c *claims) passOn(key uint64) {
	delete(c.holders, key)
	if next := c.suitors[key]; next != nil {
		c.holders[key] = next
		delete(c.suitors, key)
	}
}
