package gitserver_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/spotguide/spotguide/test/gitserver"
)

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newServer(t *testing.T) *gitserver.Server {
	t.Helper()
	s := must[*gitserver.Server](t)(gitserver.New(t.TempDir()))
	if err := s.Create(t.Context(), "team/shop"); err != nil {
		t.Fatal(err)
	}
	return s
}

// clone reads a file of a branch through a real clone.
func clone(t *testing.T, s *gitserver.Server, address, branch, file string, config ...string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	args := append(config, "clone", "--quiet", "--branch", branch, address, dir)
	if _, err := s.Git(t.Context(), "", args...); err != nil {
		return "", err
	}
	b, err := os.ReadFile(filepath.Join(dir, file))
	return string(b), err
}

func TestHTTP(t *testing.T) {
	s := newServer(t)
	var pushed []string
	s.OnPush = func(repository string) { pushed = append(pushed, repository) }
	h := httptest.NewServer(s.Handler(gitserver.HTTP{}))
	defer h.Close()
	folder := t.TempDir()
	noise := make([]byte, 3<<19) // too much for git to send in one piece
	_, _ = rand.NewChaCha8([32]byte{1}).Read(noise)
	large := string(noise)
	for name, content := range map[string]string{"a": "1", "large": large} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	first := must[string](t)(s.Push(t.Context(), folder, h.URL+"/team/shop.git", "main", "first"))
	if head := must[string](t)(s.Head(t.Context(), "team/shop", "main")); head != first {
		t.Errorf("main is at %s; want %s", head, first)
	}
	if err := os.WriteFile(filepath.Join(folder, "a"), []byte("2"), 0o600); err != nil {
		t.Fatal(err)
	}
	must[string](t)(s.Push(t.Context(), folder, h.URL+"/team/shop", "main", "second"))
	if got := must[string](t)(clone(t, s, h.URL+"/team/shop", "main", "a")); got != "2" {
		t.Errorf("cloned %q", got)
	}
	if got := must[string](t)(clone(t, s, h.URL+"/team/shop", "main", "large")); got != large {
		t.Errorf("cloned %d bytes", len(got))
	}
	if strings.Join(pushed, ",") != "team/shop,team/shop" {
		t.Errorf("told of pushes to %q", pushed)
	}
	if out := must[string](t)(s.Git(t.Context(), s.Path("team/shop"), "rev-list", "--count", "main")); out != "2" {
		t.Errorf("%s commits; a push must keep the history", out)
	}
	for _, path := range []string{"/nope.git", "/team/shop.git/objects", "/team/shop.git/../../x"} {
		if _, err := clone(t, s, h.URL+path, "main", "a"); err == nil {
			t.Errorf("%s was served", path)
		}
	}
}

func TestHTTPAccess(t *testing.T) {
	s := newServer(t)
	must[string](t)(s.Commit(t.Context(), "team/shop", "main", "first", map[string]string{"a": "1"}))
	basic := httptest.NewServer(s.Handler(gitserver.HTTP{Username: "ada", Password: "pw"}))
	defer basic.Close()
	bearer := httptest.NewServer(s.Handler(gitserver.HTTP{Bearer: "token"}))
	defer bearer.Close()
	if _, err := clone(t, s, basic.URL+"/team/shop", "main", "a"); err == nil {
		t.Error("nobody came in")
	}
	if got, err := clone(t, s, strings.Replace(basic.URL, "//", "//ada:pw@", 1)+"/team/shop", "main", "a"); err != nil || got != "1" {
		t.Errorf("basic: %q, %v", got, err)
	}
	if _, err := clone(t, s, bearer.URL+"/team/shop", "main", "a", "-c", "http.extraHeader=Authorization: Bearer wrong"); err == nil {
		t.Error("a wrong token came in")
	}
	if got, err := clone(t, s, bearer.URL+"/team/shop", "main", "a", "-c", "http.extraHeader=Authorization: Bearer token"); err != nil || got != "1" {
		t.Errorf("bearer: %q, %v", got, err)
	}
}

func TestSSH(t *testing.T) {
	s := newServer(t)
	must[string](t)(s.Commit(t.Context(), "team/shop", "main", "first", map[string]string{"a": "1"}))
	dir := t.TempDir()
	host, _, err := gitserver.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	key, pem, err := gitserver.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	_, stranger, err := gitserver.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	l := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	for name, b := range map[string][]byte{"key": pem, "stranger": stranger, "known": gitserver.KnownHosts(l.Addr().String(), host.PublicKey())} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.ServeSSH(ctx, l, gitserver.SSH{HostKey: host, Authorized: []ssh.PublicKey{key.PublicKey()}})
	}()
	with := func(key string) []string {
		return []string{"-c", fmt.Sprintf("core.sshCommand=ssh -F none -i %s/%s -o IdentitiesOnly=yes -o UserKnownHostsFile=%s/known -o StrictHostKeyChecking=yes -o BatchMode=yes", dir, key, dir)}
	}
	address := fmt.Sprintf("ssh://git@%s/team/shop.git", l.Addr())
	if got, err := clone(t, s, address, "main", "a", with("key")...); err != nil || got != "1" {
		t.Errorf("cloned %q, %v", got, err)
	}
	if _, err := clone(t, s, address, "main", "a", with("stranger")...); err == nil {
		t.Error("a stranger came in")
	}
	if _, err := clone(t, s, strings.Replace(address, "shop", "nope", 1), "main", "a", with("key")...); err == nil {
		t.Error("a repository that is not there was served")
	}
	work := t.TempDir()
	for _, args := range [][]string{
		append(with("key"), "clone", "--quiet", address, work),
		append([]string{"-C", work, "-c", "user.name=a", "-c", "user.email=a@example.com"}, "commit", "--quiet", "--allow-empty", "-m", "over ssh"),
		append(append([]string{"-C", work}, with("key")...), "push", "--quiet", "origin", "main"),
	} {
		must[string](t)(s.Git(t.Context(), "", args...))
	}
	if out := must[string](t)(s.Git(t.Context(), s.Path("team/shop"), "log", "-1", "--format=%s", "main")); out != "over ssh" {
		t.Errorf("the last commit is %q", out)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestCommits(t *testing.T) {
	s, ctx := newServer(t), t.Context()
	first := must[string](t)(s.Commit(ctx, "team/shop", "main", "first", map[string]string{"a b": "1", "d/e": "2", "l": gitserver.Link("a b"), "m": gitserver.Submodule(strings.Repeat("1", 40))}))
	second := must[string](t)(s.Commit(ctx, "team/shop", "main", "second\n\nbody", map[string]string{"d": gitserver.Removed, "é": "umlaut"}))
	listing := must[string](t)(s.Git(ctx, s.Path("team/shop"), "-c", "core.quotePath=false", "ls-tree", "-r", "--format=%(objectmode) %(path)", "main"))
	if want := "100644 a b\n120000 l\n160000 m\n100644 é"; listing != want {
		t.Errorf("got:\n%s\nwant:\n%s", listing, want)
	}
	if parent := must[string](t)(s.Git(ctx, s.Path("team/shop"), "rev-parse", second+"^")); parent != first {
		t.Errorf("the parent is %s", parent)
	}
	forced := must[string](t)(s.ForceCommit(ctx, "team/shop", "main", "forced", map[string]string{"z": "1"}))
	if _, err := s.Git(ctx, s.Path("team/shop"), "rev-parse", "--verify", forced+"^"); err == nil {
		t.Error("a forced commit has a parent")
	}
	for _, err := range []error{
		s.Tag(ctx, "team/shop", "v1", first, ""), s.Tag(ctx, "team/shop", "v2", second, "annotated"),
		s.Move(ctx, "team/shop", "dev", first), s.SetDefaultBranch(ctx, "team/shop", "dev"), s.DeleteBranch(ctx, "team/shop", "main"),
		s.Create(ctx, "team/shop"), // again: nothing is lost
	} {
		if err != nil {
			t.Error(err)
		}
	}
	if kinds := must[string](t)(s.Git(ctx, s.Path("team/shop"), "for-each-ref", "--format=%(objecttype) %(refname)")); kinds != "commit refs/heads/dev\ncommit refs/tags/v1\ntag refs/tags/v2" {
		t.Errorf("got:\n%s", kinds)
	}
	if err := s.Create(ctx, "../out"); err == nil {
		t.Error("a repository outside the folder was made")
	}
}
