package source

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// Store keeps the mirrors. Its methods are safe for concurrent use.
type Store struct {
	folder string
	policy atomic.Pointer[enforced]
	limits Limits
	log    *slog.Logger
	trees  *treeCache

	mu      sync.Mutex
	mirrors map[string]*mirror
	swept   time.Time // when unused mirrors were removed last
}

// NewStore opens the store in a folder, which it makes when it is missing. The
// folder belongs to this Store alone; it may be emptied while no agent runs.
func NewStore(folder string, policy Policy, limits Limits, log *slog.Logger) (*Store, error) {
	g, err := policy.compile()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("folder of the Git mirrors: %w", err)
	}
	s := &Store{
		folder: folder, limits: limits.withDefaults(), log: log,
		trees: newTreeCache(treeCacheBytes), mirrors: map[string]*mirror{}, swept: time.Now(),
	}
	s.policy.Store(&enforced{guard: g, http: newHTTPTransport(g, nil)})
	return s, nil
}

// enforced is a policy and what is dialled under it.
type enforced struct {
	guard *guard
	http  *http.Transport
}

// SetPolicy replaces the policy from the next conversation with a server on. A
// policy that is wrong changes nothing.
func (s *Store) SetPolicy(policy Policy) error {
	g, err := policy.compile()
	if err != nil {
		return err
	}
	s.policy.Swap(&enforced{guard: g, http: newHTTPTransport(g, nil)}).http.CloseIdleConnections()
	return nil
}

// Resolve asks the server which revision a reference stands for, such as
// main@sha1:<hash>. Nothing is transferred. A full commit hash is taken as it
// is.
func (s *Store) Resolve(ctx context.Context, repo Repository, ref Reference) (string, error) {
	m, err := s.mirror(repo)
	if err != nil {
		return "", err
	}
	var revision string
	err = s.converse(ctx, m, repo, func(_ context.Context, adv advertisement, _ session) error {
		t, err := ref.find(adv)
		revision = t.revision()
		return err
	})
	return revision, err
}

// Fetch returns the snapshot that a reference stands for now. The server is
// asked once, however many callers wait for the same repository, and a commit
// is transferred only when the mirror lacks it.
func (s *Store) Fetch(ctx context.Context, repo Repository, ref Reference) (*Snapshot, error) {
	m, err := s.mirror(repo)
	if err != nil {
		return nil, err
	}
	snapshot, err := s.fetch(ctx, m, repo, ref)
	if kindOf(err) == KindCorrupt {
		s.log.Warn("damaged mirror thrown away", "repository", Redact(repo.URL), "error", err)
		return s.fetch(ctx, m, repo, ref)
	}
	return snapshot, err
}

func (s *Store) fetch(ctx context.Context, m *mirror, repo Repository, ref Reference) (snapshot *Snapshot, err error) {
	if ref.commit != "" && m.current().holds(ref.commit) {
		return s.snapshot(m, repo, ref, target{commit: ref.commit})
	}
	err = s.converse(ctx, m, repo, func(ctx context.Context, adv advertisement, with session) error {
		t, err := ref.find(adv)
		if err == nil {
			err = s.obtain(ctx, m, repo, adv, with, t)
		}
		if err == nil {
			snapshot, err = s.snapshot(m, repo, ref, t)
		}
		return err
	})
	return snapshot, err
}

// Open returns the snapshot of a revision that was fetched before, as
// Snapshot.Revision names it, or of a bare commit hash. A commit that the mirror
// has dropped is fetched again if the server still hands it out.
func (s *Store) Open(ctx context.Context, repo Repository, revision string) (*Snapshot, error) {
	ref, err := Pinned(revision)
	if err != nil {
		return nil, named(Redact(repo.URL), err)
	}
	return s.Fetch(ctx, repo, ref)
}

// mirror returns the mirror of a repository that the policy allows.
func (s *Store) mirror(repo Repository) (*mirror, error) {
	if _, err := s.policy.Load().guard.admit(repo.URL); err != nil {
		return nil, named(Redact(repo.URL), err)
	}
	id := repo.identity()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep(time.Now())
	if m := s.mirrors[id]; m != nil {
		m.touch()
		return m, nil
	}
	m, err := openMirror(filepath.Join(s.folder, id))
	if m == nil {
		return nil, named(Redact(repo.URL), err)
	}
	if err != nil {
		s.log.Warn("damaged mirror thrown away", "repository", Redact(repo.URL), "error", err)
	}
	s.mirrors[id] = m
	return m, nil
}

// snapshot makes a snapshot of a commit that the mirror holds, and notes that
// the commit is in use.
func (s *Store) snapshot(m *mirror, repo Repository, ref Reference, t target) (*Snapshot, error) {
	commit := plumbing.NewHash(t.commit)
	if ref.label != "" {
		t.name = ref.label
	}
	m.use(commit)
	o := &tree{objects: m.current().objects, cache: s.trees, limits: s.limits, damaged: m.damage}
	snapshot, err := newSnapshot(o, commit)
	if err != nil {
		return nil, named(Redact(repo.URL), err)
	}
	snapshot.Repository, snapshot.Reference, snapshot.Revision = Redact(repo.URL), ref.String(), t.revision()
	return snapshot, nil
}
