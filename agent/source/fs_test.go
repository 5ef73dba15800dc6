package source

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/spotguide/spotguide/test/gitserver"
)

const lfsPointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"

func TestFS(t *testing.T) {
	f := newFixture(t)
	f.commit("main", "first", map[string]string{
		"README.md": "read me", "apps/shop/deploy.yaml": "kind: Deployment", "apps/shop/empty": "",
		"apps/a.b/x": "dot", "apps/a/x": "plain", "base/common.yaml": "common", // a.b sorts before a/ in Git
		"apps/link": gitserver.Link("shop"), "apps/shop/base": gitserver.Link("../../base"),
		"apps/shop/up": gitserver.Link("base/../../README.md"), "apps/chain": gitserver.Link("link/up"),
		"root": gitserver.Link("."),
	})
	s := fetch(t, newStore(t, Limits{}), f.http(gitserver.HTTP{}), "")
	for name, want := range map[string]string{
		"README.md": "read me", "apps/shop/empty": "", "apps/link/deploy.yaml": "kind: Deployment", "apps/shop/base/common.yaml": "common",
		// As in the kernel, .. goes up from where a link leads.
		"apps/chain": "", "apps/a.b/x": "dot", "apps/a/x": "plain", "root/root/apps/a/x": "plain",
	} {
		if name == "apps/chain" {
			if _, err := fs.ReadFile(s.FS(), name); kindOf(err) != KindLink {
				t.Errorf("base/../../README.md from base is outside: got %v", err)
			}
			continue
		}
		wantFile(t, s, name, want)
	}
	if err := fstest.TestFS(withoutLinks{s.FS()}, "README.md", "apps/shop/deploy.yaml", "apps/a.b/x", "apps/a/x", "apps/shop/empty"); err != nil {
		t.Error(err)
	}
	sub, err := fs.Sub(s.FS(), "apps/shop")
	f.must(err)
	if b, err := fs.ReadFile(sub, "base/common.yaml"); err != nil || string(b) != "common" {
		t.Errorf("in a sub-tree: %q, %v", b, err)
	}
	info, err := fs.Lstat(s.FS(), "apps/link")
	if err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("Lstat: %v, %v", info, err)
	}
	if text, err := fs.ReadLink(s.FS(), "apps/link"); err != nil || text != "shop" {
		t.Errorf("ReadLink: %q, %v", text, err)
	}
	if info, err = fs.Stat(s.FS(), "apps/link"); err != nil || !info.IsDir() {
		t.Errorf("Stat: %v, %v", info, err)
	}
}

// withoutLinks hides links, which fstest does not know.
type withoutLinks struct{ fs.FS }

func (w withoutLinks) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(w.FS, name)
	var out []fs.DirEntry
	for _, e := range all {
		if e.Type() != fs.ModeSymlink {
			out = append(out, e)
		}
	}
	return out, err
}

func (w withoutLinks) Open(name string) (fs.File, error) {
	file, err := w.FS.Open(name)
	if dir, ok := file.(*openDir); ok {
		dir.entries, err = w.ReadDir(name)
	}
	return file, err
}

func TestFSRefuses(t *testing.T) {
	f := newFixture(t)
	commit := f.commit("other", "x", map[string]string{"x": "x"})
	f.commit("main", "first", map[string]string{
		"a/f": "1", "out": gitserver.Link("../outside"), "a/out": gitserver.Link("../../etc/passwd"), "abs": gitserver.Link("/etc/passwd"),
		"loop": gitserver.Link("loop"), "a/ping": gitserver.Link("pong"), "a/pong": gitserver.Link("ping"), "dangling": gitserver.Link("nowhere"),
		"long": gitserver.Link(strings.Repeat("x/", 3000)), "viaout": gitserver.Link("out/f"), "fold": gitserver.Link("a"),
		"module": gitserver.Submodule(commit), ".gitmodules": "[submodule \"module\"]\npath=module\nurl=https://example.com/x\n",
		"big.bin": lfsPointer, "spec.md": lfsPointer[8:],
	})
	s := fetch(t, newStore(t, Limits{}), f.http(gitserver.HTTP{}), "")
	for _, c := range []struct {
		name string
		kind Kind
		is   error
	}{
		{"nope", "", fs.ErrNotExist}, {"a/nope", "", fs.ErrNotExist}, {"a/f/x", "", fs.ErrNotExist}, {"dangling", "", fs.ErrNotExist},
		{"../x", "", fs.ErrInvalid}, {"/etc/passwd", "", fs.ErrInvalid}, {"a/../../x", "", fs.ErrInvalid}, {"a//f", "", fs.ErrInvalid}, {"", "", fs.ErrInvalid},
		{"out", KindLink, nil}, {"a/out", KindLink, nil}, {"fold/out", KindLink, nil}, {"abs", KindLink, nil}, {"viaout", KindLink, nil},
		{"loop", KindLink, nil}, {"a/ping", KindLink, nil}, {"long", KindLink, nil},
		{"module", KindSubmodule, nil}, {"module/x", KindSubmodule, nil}, {"big.bin", KindLFS, nil},
	} {
		_, err := fs.ReadFile(s.FS(), c.name)
		var p *fs.PathError
		if !errors.As(err, &p) || p.Path != c.name || kindOf(err) != c.kind || (c.is != nil && !errors.Is(err, c.is)) {
			t.Errorf("ReadFile %q: got %v", c.name, err)
		}
		if _, err := s.FS().Open(c.name); err == nil {
			t.Errorf("Open %q: no error", c.name)
		}
	}
	wantFile(t, s, "spec.md", lfsPointer[8:])
	entries, err := fs.ReadDir(s.FS(), ".")
	f.must(err)
	for _, e := range entries {
		if e.Name() == "module" && (e.IsDir() || e.Type().IsRegular()) {
			t.Errorf("a submodule is listed as %s", e.Type())
		}
	}
	if _, err := fs.ReadDir(s.FS(), "module"); kindOf(err) != KindSubmodule {
		t.Errorf("ReadDir of a submodule: %v", err)
	}
	walked := 0
	f.must(fs.WalkDir(s.FS(), ".", func(_ string, _ fs.DirEntry, err error) error { walked++; return err }))
	if walked != 17 {
		t.Errorf("walked over %d", walked)
	}
}

// Trees that no honest git writes.
func TestHostileTrees(t *testing.T) {
	for name, entry := range map[string]string{
		"dots": "40000 ..\x00", "dot": "100644 .\x00", "slash": "100644 a/b\x00", "empty": "100644 \x00",
		"not a tree": "40000 dir\x00", // whose hash is that of a blob
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			blob, err := f.Input(t.Context(), "app", "root:x", "hash-object", "-w", "--stdin")
			f.must(err)
			h := plumbing.NewHash(blob)
			// Git's own server refuses to hand out some of them; others may not.
			if _, err := decodeFolder(object{kind: plumbing.TreeObject, data: []byte(entry + string(h[:]))}); err == nil && name != "not a tree" {
				t.Error("the tree was decoded")
			}
			tree, err := f.Input(t.Context(), "app", entry+string(h[:]), "hash-object", "-w", "-t", "tree", "--literally", "--stdin")
			f.must(err)
			commit, err := f.Input(t.Context(), "app", "x", "-c", "user.name=a", "-c", "user.email=a@example.com", "commit-tree", tree)
			f.must(err)
			f.must(f.Move(t.Context(), "app", "main", commit))
			_, err = newStore(t, Limits{}).Fetch(t.Context(), Repository{URL: f.http(gitserver.HTTP{})}, Reference{})
			if err == nil {
				t.Error("the tree was taken")
			}
		})
	}
}

func TestHash(t *testing.T) {
	f := newFixture(t)
	f.commit("main", "first", map[string]string{"a/x": "1", "b/x": "1", "c/x": "1", "c/base": gitserver.Link("../b"), "d/e/l": gitserver.Link("../../a/x")})
	url, s := f.http(gitserver.HTTP{}), newStore(t, Limits{})
	one := fetch(t, s, url, "")
	f.commit("main", "second", map[string]string{"b/x": "2"})
	two := fetch(t, s, url, "")
	f.commit("main", "third", map[string]string{"b/x": "1"})
	three := fetch(t, s, url, "")
	hash := func(s *Snapshot, p string) string {
		h, ok := s.Hash(p)
		if !ok {
			t.Errorf("no hash of %s", p)
		}
		return h
	}
	for p, changes := range map[string]bool{".": true, "a": false, "a/x": false, "b": true, "b/x": true, "c": true, "c/x": false, "c/base": true, "c/base/x": true, "d": true, "d/e/l": false} {
		if (hash(one, p) != hash(two, p)) != changes {
			t.Errorf("%s: changed should be %t", p, changes)
		}
		if hash(one, p) != hash(three, p) {
			t.Errorf("%s: the same tree has another hash", p)
		}
	}
	if got, want := hash(one, "a"), must(f.Git(t.Context(), f.Path("app"), "rev-parse", "main:a")); got != want {
		t.Errorf("got %s; git says %s", got, want)
	}
	for _, p := range []string{"nope", "../a", "/a", "", "a/x/y"} {
		if h, ok := one.Hash(p); ok {
			t.Errorf("%q has the hash %s", p, h)
		}
	}
}

func must(s string, err error) string {
	if err != nil {
		return err.Error()
	}
	return s
}

// FuzzFS: whatever links say and paths ask for, nothing outside is read, and
// every error is one of ours or of io/fs.
func FuzzFS(f *testing.F) {
	for _, s := range [][3]string{{"../x", "a", "l/x"}, {"/etc", "l", "m"}, {"m", "l", "l/m"}, {".", "../..", "m/etc/passwd"}, {"d/../d/f", "", "l"}, {"\x00", "..", "l//"}} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, one, two, name string) {
		out, err := newPacker(t.TempDir(), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		blob := func(s string) string {
			h, err := out.add(plumbing.BlobObject, []byte(s))
			if err != nil {
				t.Fatal(err)
			}
			return string(h[:])
		}
		folder := func(s string) plumbing.Hash {
			h, err := out.add(plumbing.TreeObject, []byte(s))
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		d := folder("100644 f\x00" + blob("inside") + "120000 m\x00" + blob(two))
		root := folder("40000 d\x00" + string(d[:]) + "120000 l\x00" + blob(one) + "120000 m\x00" + blob(two))
		p, err := out.finish()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = p.file.Close() }()
		tr := &tree{objects: (*objects)(nil).with(p), cache: newTreeCache(1 << 20), limits: Limits{}.withDefaults(), damaged: func() { t.Error("damaged") }}
		tfs := &treeFS{tree: tr, root: item{name: ".", mode: dirMode, hash: root}}
		for _, name := range []string{name, "l", "m", "d/m", "l/m", "m/l/d/f", path.Join("d", name)} {
			b, err := tfs.ReadFile(name)
			if err == nil && string(b) != "inside" {
				t.Errorf("%q reads %q", name, b)
			}
			var p *fs.PathError
			if err != nil && !errors.As(err, &p) {
				t.Errorf("%q: %T", name, err)
			}
			_, _ = tfs.ReadDir(name)
			_, _ = tfs.Stat(name)
			_, _ = tfs.ReadLink(name)
		}
	})
}

// applications is a number of small applications.
func applications(n int) map[string]string {
	files := map[string]string{}
	for i := range n {
		for _, kind := range []string{"deployment", "service", "ingress", "serviceaccount"} {
			files[fmt.Sprintf("apps/app-%04d/%s.yaml", i, kind)] = fmt.Sprintf("apiVersion: v1\nkind: %s\nmetadata:\n  name: app-%d\n  labels:\n    app: app-%d\nspec: {}\n", kind, i, i)
		}
	}
	return files
}

func readAll(tree fs.FS) (files int, err error) {
	return files, fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files++
			_, err = fs.ReadFile(tree, name)
		}
		return err
	})
}

func TestConcurrentReaders(t *testing.T) {
	f := newFixture(t)
	f.commit("main", "large", applications(200))
	url, s := f.http(gitserver.HTTP{}), newStore(t, Limits{})
	snapshot := fetch(t, s, url, "")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if n, err := readAll(snapshot.FS()); err != nil || n != 800 {
				t.Errorf("read %d files: %v", n, err)
			}
		})
	}
	for i := range 3 {
		f.commit("main", "next", map[string]string{"apps/app-0007/service.yaml": fmt.Sprint(i)})
		fetch(t, s, url, "")
	}
	all.Wait()
}
