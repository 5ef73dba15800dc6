package source

import (
	"github.com/go-git/go-git/v5/plumbing"
)

// sums are what a folder holds, all folders below it counted.
type sums struct {
	files, depth int
	links        bool // some of it are symbolic links
}

// verify makes sure that a commit's folders are all there and within the limits.
func (t *tree) verify(commit plumbing.Hash) error {
	c, err := t.commit(commit)
	if err != nil {
		return err
	}
	_, err = t.sum(c.TreeHash, 0, map[plumbing.Hash]sums{})
	return err
}

// sum counts each distinct folder once, however often it occurs: a few folders
// in each other can stand for a billion files.
func (t *tree) sum(h plumbing.Hash, depth int, known map[plumbing.Hash]sums) (sums, error) {
	s, ok := known[h]
	if !ok {
		if depth > t.limits.Depth {
			return s, tooLarge("the repository has folders more than %d deep", t.limits.Depth)
		}
		f, err := t.folder(h)
		if err != nil {
			return s, err
		}
		for _, i := range f.items {
			s.links = s.links || i.isLink()
			if !i.isDir() {
				s.files++
				continue
			}
			below, err := t.sum(i.hash, depth+1, known)
			if err != nil {
				return s, err
			}
			s.files, s.depth, s.links = s.files+below.files, max(s.depth, below.depth+1), s.links || below.links
			if s.files > t.limits.Files {
				return s, tooLarge("the repository has more than %d files", t.limits.Files)
			}
		}
		known[h] = s
	}
	if depth+s.depth > t.limits.Depth {
		return s, tooLarge("the repository has folders more than %d deep", t.limits.Depth)
	}
	if s.files > t.limits.Files {
		return s, tooLarge("the repository has more than %d files", t.limits.Files)
	}
	return s, nil
}
