package source

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	gitobject "github.com/go-git/go-git/v5/plumbing/object"
)

// tree reads commits, folders and blobs out of a set of objects.
type tree struct {
	objects *objects
	cache   *treeCache
	limits  Limits
	damaged func() // called when the set turns out to be damaged
	broken  atomic.Bool
}

// folder is a decoded Git tree. It is immutable.
type folder struct {
	items []item // by name
}

// item is one entry of a folder.
type item struct {
	name string
	mode filemode.FileMode
	hash plumbing.Hash
}

func (i item) isDir() bool       { return i.mode == filemode.Dir }
func (i item) isLink() bool      { return i.mode == filemode.Symlink }
func (i item) isSubmodule() bool { return i.mode == filemode.Submodule }

func (f *folder) find(name string) (item, bool) {
	i, ok := slices.BinarySearchFunc(f.items, name, func(i item, name string) int { return cmp.Compare(i.name, name) })
	if !ok {
		return item{}, false
	}
	return f.items[i], true
}

// read returns an object that must be there and of a kind.
func (t *tree) read(h plumbing.Hash, kind plumbing.ObjectType) (object, error) {
	o, err := t.objects.read(h)
	switch {
	case errors.Is(err, errMissing):
		err = corrupt(fmt.Errorf("%s %s: %w", kind, h, err))
	case err == nil && o.kind != kind:
		err = corrupt(fmt.Errorf("%s is a %s, not a %s", h, o.kind, kind))
	}
	if kindOf(err) == KindCorrupt && !t.broken.Swap(true) {
		t.damaged()
	}
	return o, err
}

func (t *tree) commit(h plumbing.Hash) (*gitobject.Commit, error) {
	o, err := t.read(h, plumbing.CommitObject)
	if err != nil {
		return nil, err
	}
	return decodeCommit(o)
}

func (t *tree) folder(h plumbing.Hash) (*folder, error) {
	if f := t.cache.get(h); f != nil {
		return f, nil
	}
	o, err := t.read(h, plumbing.TreeObject)
	if err != nil {
		return nil, err
	}
	f, err := decodeFolder(o)
	if err == nil {
		t.cache.put(h, f)
	}
	return f, err
}

func decodeCommit(o object) (*gitobject.Commit, error) {
	c := &gitobject.Commit{}
	if err := c.Decode(o.encoded()); err != nil {
		return nil, &Error{Kind: KindProtocol, Problem: "a commit that cannot be read", Err: err}
	}
	return c, nil
}

func decodeFolder(o object) (*folder, error) {
	var decoded gitobject.Tree
	if err := decoded.Decode(o.encoded()); err != nil {
		return nil, &Error{Kind: KindProtocol, Problem: "a folder that cannot be read", Err: err}
	}
	f := &folder{items: make([]item, 0, len(decoded.Entries))}
	for _, e := range decoded.Entries {
		if err := checkItem(e); err != nil {
			return nil, err
		}
		f.items = append(f.items, item{strings.Clone(e.Name), e.Mode, e.Hash})
	}
	slices.SortFunc(f.items, func(a, b item) int { return cmp.Compare(a.name, b.name) })
	return f, nil
}

// checkItem refuses names that no honest Git writes, for they could mean another
// file to somebody else.
func checkItem(e gitobject.TreeEntry) error {
	if e.Name == "" || e.Name == "." || e.Name == ".." || strings.ContainsAny(e.Name, "/\x00") {
		return &Error{Kind: KindProtocol, Problem: fmt.Sprintf("a file with the name %q, which Git does not allow", e.Name)}
	}
	return nil
}

// encoded is the form that go-git decodes.
func (o object) encoded() plumbing.EncodedObject {
	m := &plumbing.MemoryObject{}
	m.SetType(o.kind)
	_, _ = m.Write(o.data)
	return m
}
