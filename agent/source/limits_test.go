package source

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spotguide/spotguide/test/gitserver"
)

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
