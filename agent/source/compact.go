package source

import (
	"context"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
)

const (
	maxPacks    = 8   // more are made into fewer
	keepCommits = 10  // kept beside those in use, so that a rollback needs no server
	maxCommits  = 200 // more are looked through
)

// compact keeps the number of packs small. While the small packs together are
// far from the largest, they are made into one; else all is written anew without
// what no commit worth keeping needs. Snapshots that hold the old packs go on
// reading them.
func (s *Store) compact(ctx context.Context, m *mirror) error {
	have := m.current()
	if len(have.objects.packs) <= maxPacks && len(have.commits) <= maxCommits {
		return nil
	}
	small := have.objects.bytes() - have.objects.largest().size
	return s.rewrite(ctx, m, small > have.objects.largest().size || len(have.commits) > maxCommits)
}

// rewrite writes all packs anew as one, or all but the largest.
func (s *Store) rewrite(ctx context.Context, m *mirror, all bool) error {
	have := m.current()
	out, err := newPacker(m.packs(), s.limits.RepositoryBytes)
	if err != nil {
		return err
	}
	next := have
	if all {
		next.objects, next.commits = nil, m.worthKeeping()
		t := &tree{objects: have.objects, cache: s.trees, limits: s.limits, damaged: m.damage}
		err = t.copyCommits(ctx, out, next.commits)
	} else {
		next.objects = &objects{packs: []*pack{have.objects.largest()}}
		err = mergePacks(ctx, out, have.objects, have.objects.largest())
	}
	if err != nil {
		out.abort()
		if kindOf(err) == KindCorrupt {
			m.damage()
		}
		return err
	}
	p, err := out.finish()
	if err != nil {
		return err
	}
	next.objects = next.objects.with(p)
	return m.commit(next)
}

// mergePacks writes what is in all packs but one.
func mergePacks(ctx context.Context, out *packer, from *objects, but *pack) error {
	for _, p := range from.packs {
		if p == but {
			continue
		}
		for _, e := range p.index {
			o, err := p.read(e.offset, false)
			if err != nil {
				return err
			}
			if _, err := out.add(o.kind, o.data); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
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
