package source

import (
	"context"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

const (
	maxPacks    = 8  // more are made into one
	keepCommits = 10 // kept beside those in use, so that a rollback needs no server
)

// compact writes what the commits worth keeping need into one pack. Snapshots
// that hold the old packs go on reading them.
func (s *Store) compact(ctx context.Context, m *mirror) error {
	have := m.current()
	next := state{shallow: have.shallow, commits: m.worthKeeping()}
	out, err := newPacker(m.packs(), s.limits.RepositoryBytes)
	if err != nil {
		return err
	}
	t := &tree{objects: have.objects, cache: s.trees, limits: s.limits, damaged: m.damage}
	for _, c := range next.commits {
		if err := t.copyCommit(ctx, out, c); err != nil {
			out.abort()
			return err
		}
	}
	p, err := out.finish()
	if err != nil {
		return err
	}
	next.objects = next.objects.with(p)
	return m.commit(next)
}

// worthKeeping returns the commits used since the last compaction and the last
// few of the others, and starts counting anew.
func (m *mirror) worthKeeping() []plumbing.Hash {
	m.mu.Lock()
	defer m.mu.Unlock()
	commits := slices.Clone(m.state.commits)
	spare := len(commits) - keepCommits
	kept := commits[:0]
	for i, c := range commits {
		if m.busy[c] || i >= spare {
			kept = append(kept, c)
		}
	}
	clear(m.busy)
	return kept
}

// copyCommit adds a commit and all its tree holds to a pack. Blobs that were
// left out stay out.
func (t *tree) copyCommit(ctx context.Context, out *packer, h plumbing.Hash) error {
	o, err := t.read(h, plumbing.CommitObject)
	if err != nil {
		return err
	}
	if _, err := out.add(o.kind, o.data); err != nil {
		return err
	}
	c, err := decodeCommit(o)
	if err != nil {
		return err
	}
	return t.copyFolder(ctx, out, c.TreeHash)
}

func (t *tree) copyFolder(ctx context.Context, out *packer, h plumbing.Hash) error {
	if _, done := out.entries[h]; done {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	o, err := t.read(h, plumbing.TreeObject)
	if err != nil {
		return err
	}
	f, err := decodeFolder(o)
	if err != nil {
		return err
	}
	for _, i := range f.items {
		switch {
		case i.isDir():
			err = t.copyFolder(ctx, out, i.hash)
		case i.isSubmodule() || !t.objects.has(i.hash):
		default:
			err = t.copyBlob(out, i.hash)
		}
		if err != nil {
			return err
		}
	}
	_, err = out.add(o.kind, o.data)
	return err
}

func (t *tree) copyBlob(out *packer, h plumbing.Hash) error {
	if _, done := out.entries[h]; done {
		return nil
	}
	o, err := t.read(h, plumbing.BlobObject)
	if err != nil {
		return err
	}
	_, err = out.add(o.kind, o.data)
	return err
}
