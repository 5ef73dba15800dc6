package source

import (
	"bytes"
	"os"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// pack is one packfile of a mirror, as packer writes them: whole objects, no
// deltas. It is immutable and safe for concurrent use. Its file stays readable
// after it was removed, and is closed when nobody holds the pack any more.
type pack struct {
	path  string
	file  *os.File
	size  int64
	index []entry // by hash
}

// entry says where an object begins.
type entry struct {
	hash   plumbing.Hash
	offset int64
}

func (p *pack) find(h plumbing.Hash) (int64, bool) {
	i, ok := slices.BinarySearchFunc(p.index, h, func(e entry, h plumbing.Hash) int { return bytes.Compare(e.hash[:], h[:]) })
	if !ok {
		return 0, false
	}
	return p.index[i].offset, true
}

// remove takes the pack's files off the disk; whoever holds it can still read.
func (p *pack) remove() {
	_ = os.Remove(p.path)
	_ = os.Remove(strings.TrimSuffix(p.path, ".pack") + ".idx")
}

// read returns the object at an offset. With peek the content is left out.
func (p *pack) read(offset int64, peek bool) (object, error) {
	r := readers.Get().(*objectReader)
	defer readers.Put(r)
	return r.read(p.file, offset, p.size, peek)
}
