package source

import (
	"errors"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/spotguide/spotguide/test/gitserver"
)

func TestMirrorsSurviveARestart(t *testing.T) {
	f := newFixture(t)
	c := f.commit("main", "first", map[string]string{"a": "1"})
	h := httptest.NewServer(f.Handler(gitserver.HTTP{}))
	s, repo := newStore(t, Limits{}), Repository{URL: h.URL + "/app"}
	fetch(t, s, repo.URL, "")
	h.Close()
	mirror := filepath.Join(s.folder, repo.identity())
	leftover := filepath.Join(mirror, "objects", "pack", "tmp_pack_1")
	f.must(os.WriteFile(leftover, []byte("of an agent that was killed"), 0o600))
	again, err := NewStore(s.folder, open(), Limits{}, slog.New(slog.DiscardHandler))
	f.must(err)
	got, err := again.Open(t.Context(), repo, "main@sha1:"+c)
	f.must(err)
	wantFile(t, got, "a", "1")
	if _, err := os.Stat(leftover); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a pack is still there: %v", err)
	}

	out, err := f.Git(t.Context(), mirror, "log", "--format=%s", "refs/spotguide/"+c)
	if err != nil || out != "first" {
		t.Errorf("git cannot read the mirror: %q, %v", out, err)
	}
	if out, err := f.Git(t.Context(), mirror, "fsck", "--full"); err != nil {
		t.Errorf("git fsck: %s, %v", out, err)
	}

	pack := got.fs.tree.objects.packs[0].path
	b, err := os.ReadFile(pack)
	f.must(err)
	b[len(b)/2] ^= 1
	f.must(os.WriteFile(pack, b, 0o600))
	_, err = openPack(pack)
	wantKind(t, err, KindCorrupt)
}

// Each damage is done to a mirror on disk; the store fetches anew, both when it
// is running and when it starts.
func TestDamagedMirrors(t *testing.T) {
	flip := func(t *testing.T, path string, from, n int) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			b[min(from+i, len(b)-1)] ^= 0xff
		}
		// In place, for the store holds the file open.
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err == nil {
			_, err = file.WriteAt(b, 0)
			_ = file.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	pack := func(t *testing.T, folder, ext string) string {
		m, _ := filepath.Glob(filepath.Join(folder, "objects", "pack", "*."+ext))
		if len(m) != 1 {
			t.Fatalf("packs: %v", m)
		}
		return m[0]
	}
	for name, damage := range map[string]func(*testing.T, string){
		"bytes":     func(t *testing.T, d string) { flip(t, pack(t, d, "pack"), 20, 200) },
		"trailer":   func(t *testing.T, d string) { flip(t, pack(t, d, "pack"), 1<<20, 1) },
		"index":     func(t *testing.T, d string) { flip(t, pack(t, d, "idx"), 1100, 30) },
		"no pack":   func(t *testing.T, d string) { _ = os.Remove(pack(t, d, "pack")) },
		"no index":  func(t *testing.T, d string) { _ = os.Remove(pack(t, d, "idx")) },
		"truncated": func(t *testing.T, d string) { _ = os.Truncate(pack(t, d, "pack"), 40) },
		"refs": func(t *testing.T, d string) {
			_ = os.WriteFile(filepath.Join(d, "packed-refs"), []byte("rubbish\n"), 0o600)
		},
		"all gone": func(t *testing.T, d string) { _ = os.RemoveAll(d) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			first := f.commit("main", "first", map[string]string{"a": "1", "b/c": "2"})
			s, repo := newStore(t, Limits{}), Repository{URL: f.http(gitserver.HTTP{})}
			fetch(t, s, repo.URL, "")
			damage(t, filepath.Join(s.folder, repo.identity()))

			again, err := NewStore(s.folder, open(), Limits{}, slog.New(slog.DiscardHandler))
			f.must(err)
			got, err := again.Fetch(t.Context(), repo, Reference{})
			f.must(err)
			wantFile(t, got, "b/c", "2")
			opened, err := again.Open(t.Context(), repo, "sha1:"+first)
			f.must(err)
			wantFile(t, opened, "a", "1")

			// The first store still holds what it has read before the damage;
			// reading may fail once, and then it mends.
			s.trees = newTreeCache(treeCacheBytes)
			if got, err := s.Fetch(t.Context(), repo, Reference{}); err == nil {
				_, _ = fs.ReadFile(got.FS(), "b/c")
			}
			got, err = s.Fetch(t.Context(), repo, Reference{})
			f.must(err)
			wantFile(t, got, "b/c", "2")
			f.commit("main", "second", map[string]string{"a": "3"})
			wantFile(t, fetch(t, s, repo.URL, ""), "a", "3")
		})
	}
}

func TestUnusedMirrorsAreSwept(t *testing.T) {
	f := newFixture(t)
	f.commit("main", "first", map[string]string{"a": "1"})
	s, old, used := newStore(t, Limits{}), Repository{URL: f.http(gitserver.HTTP{})}, Repository{URL: f.http(gitserver.HTTP{})}
	held := fetch(t, s, old.URL, "")
	fetch(t, s, used.URL, "")
	late := s.swept.Add(2 * unusedFor)
	f.must(os.Chtimes(filepath.Join(s.folder, old.identity()), s.swept.Add(-2*unusedFor), s.swept.Add(-2*unusedFor)))
	m, err := s.mirror(used)
	f.must(err)
	m.used = late
	s.sweep(late)
	if _, err := os.Stat(filepath.Join(s.folder, old.identity())); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the unused mirror is still there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(s.folder, used.identity())); err != nil {
		t.Error(err)
	}
	wantFile(t, held, "a", "1")
	wantFile(t, fetch(t, s, old.URL, ""), "a", "1")
}
