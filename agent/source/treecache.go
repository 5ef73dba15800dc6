package source

import (
	"container/list"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
)

// treeCacheBytes bounds the decoded folders that a Store keeps, all mirrors
// together: room for some 20,000 small folders.
const treeCacheBytes = 8 << 20

// treeCache keeps the folders used last. They are found by their content's hash,
// so mirrors share them; whoever asks has the hash out of a tree of its own.
type treeCache struct {
	mu    sync.Mutex
	limit int
	size  int
	byUse *list.List // of cachedFolder, the last used in front
	index map[plumbing.Hash]*list.Element
}

type cachedFolder struct {
	hash   plumbing.Hash
	folder *folder
}

func newTreeCache(limit int) *treeCache {
	return &treeCache{limit: limit, byUse: list.New(), index: map[plumbing.Hash]*list.Element{}}
}

func (c *treeCache) get(h plumbing.Hash) *folder {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.index[h]
	if e == nil {
		return nil
	}
	c.byUse.MoveToFront(e)
	return e.Value.(cachedFolder).folder
}

func (c *treeCache) put(h plumbing.Hash, f *folder) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.index[h] != nil || f.cost() > c.limit/4 {
		return
	}
	c.index[h] = c.byUse.PushFront(cachedFolder{h, f})
	c.size += f.cost()
	for c.size > c.limit {
		last := c.byUse.Remove(c.byUse.Back()).(cachedFolder)
		delete(c.index, last.hash)
		c.size -= last.folder.cost()
	}
}

// cost is roughly the bytes that a cached folder takes.
func (f *folder) cost() int {
	n := 160
	for _, i := range f.items {
		n += 48 + len(i.name)
	}
	return n
}
