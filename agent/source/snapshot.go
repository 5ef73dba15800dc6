package source

import (
	"crypto/sha1"
	"encoding/hex"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// Snapshot is one commit of a repository. It is immutable, safe for concurrent
// use, and readable for as long as it is held.
type Snapshot struct {
	Repository string    // address, fit to be shown
	Reference  string    // as it was asked for, such as main or semver:>=1
	Revision   string    // such as main@sha1:<full hash>
	Commit     string    // full hash
	Time       time.Time // when it was committed
	Author     string    // name of the author, as the author gave it
	Subject    string    // first line of the message

	fs    *treeFS
	links func() map[plumbing.Hash]sums
}

func newSnapshot(t *tree, commit plumbing.Hash) (*Snapshot, error) {
	c, err := t.commit(commit)
	if err != nil {
		return nil, err
	}
	subject, _, _ := strings.Cut(c.Message, "\n")
	root := item{name: ".", mode: dirMode, hash: c.TreeHash}
	return &Snapshot{
		Commit: commit.String(), Time: c.Committer.When.UTC(), Author: foreign(c.Author.Name), Subject: foreign(subject),
		fs: &treeFS{tree: t, root: root, time: c.Committer.When.UTC()},
		links: sync.OnceValue(func() map[plumbing.Hash]sums {
			known := map[plumbing.Hash]sums{}
			_, _ = t.sum(c.TreeHash, 0, known) // what cannot be read is missing in known
			return known
		}),
	}, nil
}

// sameAs tells whether the snapshot can stand for another one of the same
// followers: it is of the same revision, and not found to be damaged.
func (s *Snapshot) sameAs(o *Snapshot) bool {
	return s != nil && s.Revision == o.Revision && !s.fs.tree.broken.Load()
}

// FS returns the commit's whole tree. Besides fs.FS it implements ReadDirFS,
// ReadFileFS, StatFS and ReadLinkFS. Symbolic links are followed inside the tree;
// one that leads out of it or in circles is an *Error of KindLink. Reading a
// submodule, a Git LFS pointer or a file that was left out as too large is an
// *Error of KindSubmodule, KindLFS or KindTooLarge. All come in an *fs.PathError.
func (s *Snapshot) FS() fs.FS { return s.fs }

// Hash returns the content address of a file or folder given by a slash-separated
// path ("." is the root): the Git hash of its blob or tree, of a link's target.
// While it is the same, so is all that can be read there. For that, a folder with
// symbolic links somewhere in it has a hash over itself and the whole tree, since
// they may lead anywhere. The second value is false when there is no such path.
func (s *Snapshot) Hash(path string) (string, bool) {
	if !fs.ValidPath(path) {
		return "", false
	}
	i, err := s.fs.resolve(path, true)
	if err != nil {
		return "", false
	}
	if i.isDir() {
		if sum, ok := s.links()[i.hash]; !ok || sum.links {
			h := sha1.Sum(append(i.hash[:], s.fs.root.hash[:]...))
			return hex.EncodeToString(h[:]), true
		}
	}
	return i.hash.String(), true
}
