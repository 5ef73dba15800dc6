package source

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// mirror is the copy of one repository on disk: a bare Git repository that holds
// some commits whole, without their history. Only the holder of turn changes it.
type mirror struct {
	folder string
	turn   chan struct{} // of size 1: a lock that can be waited for with a context

	mu      sync.Mutex
	state   state
	started int      // listings of references begun so far
	last    *listing // the latest listing, while somebody may share it
	waiting int      // callers between asking and having their listing
	used    time.Time
	busy    map[plumbing.Hash]bool // commits used since the last compaction
}

// state is what a mirror holds; it is replaced as a whole.
type state struct {
	objects *objects
	commits []plumbing.Hash        // held whole, the longest unused first
	shallow map[plumbing.Hash]bool // of them, those whose parents are not there
}

func (s state) holds(commit string) bool {
	return slices.Contains(s.commits, plumbing.NewHash(commit))
}

// keeping returns the state with a commit added, or moved to the end as the last
// one used.
func (s state) keeping(commit plumbing.Hash) state {
	s.commits = append(slices.DeleteFunc(slices.Clone(s.commits), func(h plumbing.Hash) bool { return h == commit }), commit)
	return s
}

func (m *mirror) current() state {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// use notes that a commit is in use, so that it outlives compaction.
func (m *mirror) use(commit plumbing.Hash) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if slices.Contains(m.state.commits, commit) {
		m.state = m.state.keeping(commit)
		m.busy[commit] = true
	}
}

// touch notes that the mirror is in use.
func (m *mirror) touch() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used = time.Now()
}

// damage forgets all that the mirror holds, since some of it cannot be read.
func (m *mirror) damage() { m.set(state{}) }

func (m *mirror) set(s state) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state = s
}

// lock waits for the mirror's turn.
func (m *mirror) lock(ctx context.Context) error {
	select {
	case m.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (m *mirror) unlock() { <-m.turn }

// prepare makes the folders of a bare repository.
func (m *mirror) prepare() error {
	for _, folder := range []string{m.packs(), filepath.Join(m.folder, "refs")} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return fmt.Errorf("mirror: %w", err)
		}
	}
	return nil
}

func (m *mirror) packs() string { return filepath.Join(m.folder, "objects", "pack") }
