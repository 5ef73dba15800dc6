package source

import (
	"context"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spotguide/spotguide/test/gitserver"
)

func TestCompaction(t *testing.T) {
	f := newFixture(t)
	h := httptest.NewServer(f.Handler(gitserver.HTTP{}))
	defer h.Close()
	s, repo := newStore(t, Limits{}), Repository{URL: h.URL + "/app"}
	files := map[string]string{"constant": strings.Repeat("constant\n", 100)}
	for i := range 50 {
		files[fmt.Sprintf("apps/%d/f", i)] = strings.Repeat(fmt.Sprint(i), 200)
	}
	f.commit("other", "other", files)
	other := fetch(t, s, repo.URL, "other")
	var commits []string
	var held []*Snapshot
	for i := range 3*maxPacks + 2 {
		commits = append(commits, f.commit("main", "next", map[string]string{"a": fmt.Sprint(i), fmt.Sprintf("dir%d/f", i%4): fmt.Sprint(i)}))
		held = append(held, fetch(t, s, repo.URL, "main"))
		if n := len(held[i].fs.tree.objects.packs); n > maxPacks {
			t.Fatalf("%d packs after %d fetches", n, i+1)
		}
	}
	m, err := s.mirror(repo)
	f.must(err)
	f.must(s.rewriteForTest(t.Context(), m))
	if n := len(m.current().objects.packs); n != 1 {
		t.Errorf("%d packs after a full compaction", n)
	}
	h.Close()
	for i, snapshot := range held {
		wantFile(t, snapshot, "a", fmt.Sprint(i))
	}
	for i, c := range commits[len(commits)-keepCommits+1:] {
		got, err := s.Open(t.Context(), repo, "main@sha1:"+c)
		f.must(err)
		wantFile(t, got, "a", fmt.Sprint(len(commits)-keepCommits+1+i))
	}
	wantFile(t, other, "constant", files["constant"])
	packs, _ := filepath.Glob(filepath.Join(m.folder, "objects", "pack", "*"))
	if len(packs) != 2 {
		t.Errorf("on disk: %v", packs)
	}
	if out, err := f.Git(t.Context(), m.folder, "fsck", "--full"); err != nil {
		t.Errorf("git fsck: %s, %v", out, err)
	}
}

func TestCommitsInUseOutliveCompaction(t *testing.T) {
	f := newFixture(t)
	h := httptest.NewServer(f.Handler(gitserver.HTTP{}))
	defer h.Close()
	s, repo := newStore(t, Limits{}), Repository{URL: h.URL + "/app"}
	pinned := f.commit("main", "pinned", map[string]string{"a": "pinned"})
	fetch(t, s, repo.URL, "main")
	m, err := s.mirror(repo)
	f.must(err)
	dropped := f.commit("main", "dropped", map[string]string{"a": "dropped"})
	fetch(t, s, repo.URL, "main")
	var others []string
	for i := range keepCommits {
		others = append(others, f.commit("main", "next", map[string]string{"a": fmt.Sprint(i)}))
		fetch(t, s, repo.URL, "main")
	}
	clear(m.busy)
	fetch(t, s, repo.URL, pinned) // somebody is still rolled back to it
	for _, c := range others {
		fetch(t, s, repo.URL, c)
	}
	f.must(s.rewriteForTest(t.Context(), m))
	if !m.current().holds(pinned) || m.current().holds(dropped) {
		t.Errorf("pinned is held: %t, dropped is held: %t", m.current().holds(pinned), m.current().holds(dropped))
	}
}

// rewriteForTest compacts fully, whatever the sizes.
func (s *Store) rewriteForTest(ctx context.Context, m *mirror) error {
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.unlock()
	return s.rewrite(ctx, m, true)
}
