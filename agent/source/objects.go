package source

import (
	"cmp"
	"errors"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

// errMissing says that no pack has an object.
var errMissing = errors.New("object not in the mirror")

// objects is what a mirror held at one moment: an immutable set of packs, newest
// first, safe for concurrent use. Snapshots keep theirs while the mirror moves
// on. The nil *objects holds nothing.
type objects struct {
	packs []*pack
}

func (o *objects) empty() bool { return o == nil || len(o.packs) == 0 }

// with returns a set that has one pack more.
func (o *objects) with(p *pack) *objects {
	packs := []*pack{p}
	if o != nil {
		packs = append(packs, o.packs...)
	}
	return &objects{packs: packs}
}

// bytes is the size on disk.
func (o *objects) bytes() int64 {
	var n int64
	if o != nil {
		for _, p := range o.packs {
			n += p.size
		}
	}
	return n
}

// includes tells whether a pack's file is one of the set's.
func (o *objects) includes(p *pack) bool {
	return o != nil && slices.ContainsFunc(o.packs, func(q *pack) bool { return q.path == p.path })
}

// largest returns the largest pack of a set that is not empty.
func (o *objects) largest() *pack {
	return slices.MaxFunc(o.packs, func(a, b *pack) int { return cmp.Compare(a.size, b.size) })
}

func (o *objects) has(h plumbing.Hash) bool {
	p, _ := o.locate(h)
	return p != nil
}

func (o *objects) locate(h plumbing.Hash) (*pack, int64) {
	if o != nil {
		for _, p := range o.packs {
			if offset, ok := p.find(h); ok {
				return p, offset
			}
		}
	}
	return nil, 0
}

// read returns an object; errMissing when there is none.
func (o *objects) read(h plumbing.Hash) (object, error) { return o.get(h, false) }

// peek returns an object's kind and size only.
func (o *objects) peek(h plumbing.Hash) (object, error) { return o.get(h, true) }

func (o *objects) get(h plumbing.Hash, peek bool) (object, error) {
	p, offset := o.locate(h)
	if p == nil {
		return object{}, errMissing
	}
	return p.read(offset, peek)
}
