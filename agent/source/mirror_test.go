package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/spotguide/spotguide/test/gitserver"
)

func TestBranchesThatComeAndGo(t *testing.T) {
	f := newFixture(t)
	main := f.commit("main", "first", map[string]string{"a": "main"})
	f.commit("dev", "first", map[string]string{"a": "dev"})
	url, s := f.http(gitserver.HTTP{}), newStore(t, Limits{})
	held := fetch(t, s, url, "dev")

	f.must(f.DeleteBranch(t.Context(), "app", "dev"))
	_, err := s.Fetch(t.Context(), Repository{URL: url}, reference(t, "dev"))
	wantKind(t, err, KindNotFound)
	wantFile(t, held, "a", "dev")

	f.must(f.Move(t.Context(), "app", "dev", main))
	if got := fetch(t, s, url, "dev"); got.Revision != "dev@sha1:"+main {
		t.Errorf("got %s", got.Revision)
	}
	if got := fetch(t, s, url, ""); got.Revision != "main@sha1:"+main {
		t.Errorf("default branch: got %s", got.Revision)
	}
	f.commit("next", "n", map[string]string{"a": "next"})
	f.must(f.SetDefaultBranch(t.Context(), "app", "next"))
	wantFile(t, fetch(t, s, url, "HEAD"), "a", "next")
	f.must(f.SetDefaultBranch(t.Context(), "app", "gone"))
	_, err = s.Fetch(t.Context(), Repository{URL: url}, Reference{})
	wantKind(t, err, KindNotFound)

	revision, err := s.Resolve(t.Context(), Repository{URL: url}, reference(t, "main"))
	if err != nil || revision != "main@sha1:"+main {
		t.Errorf("Resolve: %s, %v", revision, err)
	}
}

func TestTagsAndVersions(t *testing.T) {
	f := newFixture(t)
	url, s := f.http(gitserver.HTTP{}), newStore(t, Limits{})
	for _, v := range []string{"v1.0.0", "v1.1.0", "v2.0.0"} {
		c := f.commit("main", v, map[string]string{"version": v})
		f.must(f.Tag(t.Context(), "app", v, c, "release "+v)) // annotated
	}
	wantFile(t, fetch(t, s, url, "semver:^1"), "version", "v1.1.0")
	wantFile(t, fetch(t, s, url, "tag:v1.0.0"), "version", "v1.0.0")
	wantFile(t, fetch(t, s, url, "semver:*"), "version", "v2.0.0")
	c := f.commit("main", "fix", map[string]string{"version": "v1.1.1"})
	f.must(f.Tag(t.Context(), "app", "v1.1.1", c, "")) // lightweight
	got := fetch(t, s, url, "semver:^1")
	wantFile(t, got, "version", "v1.1.1")
	if got.Revision != "v1.1.1@sha1:"+c || got.Reference != "semver:^1" {
		t.Errorf("got %s of %s", got.Revision, got.Reference)
	}
	f.must(f.Tag(t.Context(), "app", "v1.1.1", f.commit("main", "moved", map[string]string{"version": "moved"}), ""))
	wantFile(t, fetch(t, s, url, "semver:^1"), "version", "moved")
}

// A commit that no branch points at is handed out exactly by servers that allow
// it, and as part of the history by the others.
func TestCommitsInTheHistory(t *testing.T) {
	for _, exact := range []string{"true", "false"} {
		t.Run("exact="+exact, func(t *testing.T) {
			f := newFixture(t)
			f.must(f.Config(t.Context(), "app", "uploadpack.allowReachableSHA1InWant", exact))
			var commits []string
			for i := range 5 {
				commits = append(commits, f.commit("main", fmt.Sprint(i), map[string]string{"a": fmt.Sprint(i)}))
			}
			url, s := f.http(gitserver.HTTP{}), newStore(t, Limits{})
			fetch(t, s, url, "main")
			got := fetch(t, s, url, commits[1])
			wantFile(t, got, "a", "1")
			if got.Revision != "sha1:"+commits[1] {
				t.Errorf("got %s", got.Revision)
			}
			opened, err := s.Open(t.Context(), Repository{URL: url}, "main@sha1:"+commits[2])
			f.must(err)
			wantFile(t, opened, "a", "2")
			f.commit("main", "more", map[string]string{"a": "5"})
			wantFile(t, fetch(t, s, url, "main"), "a", "5")
			_, err = s.Open(t.Context(), Repository{URL: url}, "main@sha1:"+hashOf(7))
			wantKind(t, err, KindNotFound)
			_, err = s.Open(t.Context(), Repository{URL: url}, "main")
			wantKind(t, err, KindInvalid)
		})
	}
}

func TestLimits(t *testing.T) {
	random := func(n int, seed string) string { // does not compress
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			fmt.Fprintf(&b, "%x", fmt.Appendf(nil, "%s%d", seed, i*i*7919))
		}
		return b.String()[:n]
	}
	t.Run("repository", func(t *testing.T) {
		f := newFixture(t)
		files := map[string]string{}
		for i := range 16 {
			files[fmt.Sprint(i)] = random(64<<10, fmt.Sprint("x", i))
		}
		f.commit("main", "big", files)
		s, repo := newStore(t, Limits{RepositoryBytes: 128 << 10}), Repository{URL: f.http(gitserver.HTTP{})}
		_, err := s.Fetch(t.Context(), repo, Reference{})
		wantKind(t, err, KindTooLarge)
		if left, _ := filepath.Glob(filepath.Join(s.folder, repo.identity(), "objects", "pack", "*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		f.must(f.forced("main", map[string]string{"a": "small"}))
		wantFile(t, fetch(t, s, repo.URL, ""), "a", "small")
	})
	t.Run("repository over time", func(t *testing.T) {
		f := newFixture(t)
		s, url := newStore(t, Limits{RepositoryBytes: 100 << 10}), f.http(gitserver.HTTP{})
		var last *Snapshot
		for i := range 6 {
			want := random(60<<10, fmt.Sprint("y", i))
			f.commit("main", "next", map[string]string{"a": want})
			last = fetch(t, s, url, "")
			wantFile(t, last, "a", want)
		}
		if n := last.fs.tree.objects.bytes(); n > 100<<10 {
			t.Errorf("the mirror has %d bytes", n)
		}
	})
	t.Run("files", func(t *testing.T) {
		f := newFixture(t)
		files := map[string]string{}
		for i := range 11 {
			files[fmt.Sprintf("d%d/f", i)] = "same"
		}
		f.commit("main", "many", files)
		_, err := newStore(t, Limits{Files: 10}).Fetch(t.Context(), Repository{URL: f.http(gitserver.HTTP{})}, Reference{})
		wantKind(t, err, KindTooLarge)
		fetch(t, newStore(t, Limits{Files: 11}), f.http(gitserver.HTTP{}), "")
	})
	t.Run("depth", func(t *testing.T) {
		f := newFixture(t)
		f.commit("main", "deep", map[string]string{"1/2/3/4/f": "deep"})
		_, err := newStore(t, Limits{Depth: 3}).Fetch(t.Context(), Repository{URL: f.http(gitserver.HTTP{})}, Reference{})
		wantKind(t, err, KindTooLarge)
		fetch(t, newStore(t, Limits{Depth: 4}), f.http(gitserver.HTTP{}), "")
	})
	t.Run("tree bomb", func(t *testing.T) {
		f := newFixture(t)
		ctx := t.Context()
		blob, err := f.Input(ctx, "app", "x", "hash-object", "-w", "--stdin")
		f.must(err)
		entry := "100644 blob " + blob
		for range 12 { // ten to the twelfth files
			var lines strings.Builder
			for i := range 10 {
				fmt.Fprintf(&lines, "%s\td%d\n", entry, i)
			}
			tree, err := f.Input(ctx, "app", lines.String(), "mktree")
			f.must(err)
			entry = "040000 tree " + tree
		}
		commit, err := f.Input(ctx, "app", "bomb", "-c", "user.name=a", "-c", "user.email=a@example.com", "commit-tree", strings.Fields(entry)[2])
		f.must(err)
		f.must(f.Move(ctx, "app", "main", commit))
		_, err = newStore(t, Limits{}).Fetch(ctx, Repository{URL: f.http(gitserver.HTTP{})}, Reference{})
		wantKind(t, err, KindTooLarge)
	})
}

func (f fixture) forced(branch string, files map[string]string) error {
	_, err := f.ForceCommit(f.t.Context(), "app", branch, "forced", files)
	return err
}

// Files over the limit stay out, whether the server can leave them out itself or
// not; all else can be read, and next commits come on top.
func TestLargeFilesStayOut(t *testing.T) {
	for _, filter := range []string{"true", "false"} {
		t.Run("filter="+filter, func(t *testing.T) {
			f := newFixture(t)
			f.must(f.Config(t.Context(), "app", "uploadpack.allowFilter", filter))
			big := strings.Repeat("0123456789abcdef", 8<<10)
			f.commit("main", "big", map[string]string{"big": big, "small": "1", "fits": big[:64<<10]})
			url, s := f.http(gitserver.HTTP{}), newStore(t, Limits{FileBytes: 64 << 10})
			got := fetch(t, s, url, "")
			wantFile(t, got, "small", "1")
			wantFile(t, got, "fits", big[:64<<10])
			_, err := fs.ReadFile(got.FS(), "big")
			wantKind(t, err, KindTooLarge)
			info, err := fs.Stat(got.FS(), "big")
			if err != nil || info.Size() <= 64<<10 {
				t.Errorf("Stat: %v, %v", info, err)
			}
			// A delta on the large file: it shrinks below the limit, which may
			// need the whole transfer.
			f.commit("main", "smaller", map[string]string{"big": big[:63<<10], "small": "2"})
			got = fetch(t, s, url, "")
			wantFile(t, got, "small", "2")
			wantFile(t, got, "big", big[:63<<10])
			for i := range maxPacks + 1 { // through a compaction
				f.commit("main", "grow", map[string]string{"big": big + fmt.Sprint(i), "small": fmt.Sprint(i)})
				got = fetch(t, s, url, "")
			}
			_, err = fs.ReadFile(got.FS(), "big")
			wantKind(t, err, KindTooLarge)
		})
	}
}

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

// TestOneRequestServesAllWhoWait: a hundred callers that come while a request is
// under way share the one after it.
func TestOneRequestServesAllWhoWait(t *testing.T) {
	f := newFixture(t)
	f.commit("main", "first", map[string]string{"a": "1"})
	f.commit("dev", "first", map[string]string{"a": "2"})
	var listings, transfers atomic.Int32
	release := make(chan struct{})
	git := f.Handler(gitserver.HTTP{})
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			transfers.Add(1)
		} else if listings.Add(1) == 1 {
			<-release
		}
		git.ServeHTTP(w, r)
	}))
	defer h.Close()
	s, repo := newStore(t, Limits{}), Repository{URL: h.URL + "/app"}
	m, err := s.mirror(repo)
	f.must(err)
	var all sync.WaitGroup
	failures := make(chan error, 100)
	for i := range 100 {
		all.Go(func() {
			snapshot, err := s.Fetch(t.Context(), repo, reference(t, []string{"main", "dev"}[i%2]))
			if err == nil {
				_, err = fs.ReadFile(snapshot.FS(), "a")
			}
			failures <- err
		})
	}
	for m.waitingNow() < 100 || listings.Load() < 1 {
		runtime.Gosched()
	}
	close(release)
	all.Wait()
	close(failures)
	f.must(errors.Join(collect(failures)...))
	if listings.Load() > 3 || transfers.Load() != 2 {
		// One under way, one for all who came meanwhile, one more for the
		// second branch's transfer when the listing was a shared one.
		t.Errorf("%d listings and %d transfers", listings.Load(), transfers.Load())
	}
}

// A listing may be shared only with those who asked before it was begun: an
// older one could miss what they were told of.
func TestNobodyGetsAnOldListing(t *testing.T) {
	m := &mirror{}
	early := m.ask()
	l := listing{number: m.begin()}
	late := m.ask()
	m.share(t.Context(), l)
	if m.shared(early) == nil {
		t.Error("one who waited from before does not get the listing")
	}
	if m.shared(late) != nil {
		t.Error("one who asked after it was begun gets the listing")
	}
	m.answered()
	if m.last == nil {
		t.Error("the listing is dropped too early")
	}
	m.answered()
	if m.last != nil {
		t.Error("the listing is kept")
	}
}

func collect(errs <-chan error) (out []error) {
	for err := range errs {
		out = append(out, err)
	}
	return out
}

func (m *mirror) waitingNow() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.waiting
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
