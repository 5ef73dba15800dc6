package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spotguide/spotguide/test/gitserver"
)

func TestRepositoriesThatCannotBeFetched(t *testing.T) {
	f := newFixture(t)
	f.commit("main", "first", map[string]string{"a": "1"})
	f.must(f.Create(t.Context(), "empty"))
	f.must(f.Create(t.Context(), "sha256"))
	f.must(os.RemoveAll(f.Path("sha256")))
	_, err := f.Git(t.Context(), "", "init", "--quiet", "--bare", "--object-format=sha256", f.Path("sha256"))
	f.must(err)
	f.commit256()
	plain := f.http(gitserver.HTTP{})
	basic := f.http(gitserver.HTTP{Username: "ada", Password: "s3cret"})
	overSSH, key, _ := f.ssh("")
	_, otherKey, otherHost := f.ssh("")
	stranger := key
	stranger.SSHKey, stranger.opened = otherKey.SSHKey, nil
	wrongHost := key
	wrongHost.KnownHosts = gitserver.KnownHosts(strings.TrimSuffix(strings.TrimPrefix(overSSH, "ssh://git@"), "/app.git"), otherHost.PublicKey())
	unknownHost := key
	unknownHost.KnownHosts = gitserver.KnownHosts("github.com:22", otherHost.PublicKey())
	tls := httptest.NewUnstartedServer(f.Handler(gitserver.HTTP{}))
	tls.Config.ErrorLog = log.New(io.Discard, "", 0) // a handshake will be refused
	tls.StartTLS()
	defer tls.Close()

	for _, c := range []struct {
		name, url string
		creds     Credentials
		ref       string
		want      Kind
		says      string
	}{
		{"no repository, http", strings.Replace(plain, "app", "nope", 1), Credentials{}, "", KindNotFound, "404"},
		{"no repository, ssh", strings.Replace(overSSH, "app", "nope", 1), key, "", KindNotFound, "does not appear to be a git repository"},
		{"no repository, file", "file:///does/not/exist", Credentials{}, "", KindNotFound, "no such folder"},
		{"no Git folder, file", "file://" + t.TempDir(), Credentials{}, "", KindNotFound, "does not appear to be a git repository"},
		{"no branch", plain, Credentials{}, "nope", KindNotFound, "branches there: main"},
		{"no commit", plain, Credentials{}, hashOf(1), KindNotFound, "no commit"},
		{"empty, http", strings.Replace(plain, "app", "empty", 1), Credentials{}, "", KindEmpty, "push one"},
		{"empty, ssh", strings.Replace(overSSH, "app", "empty", 1), key, "", KindEmpty, "push one"},
		{"empty, file", "file://" + f.Path("empty"), Credentials{}, "", KindEmpty, "push one"},
		{"SHA-256", strings.Replace(plain, "app", "sha256", 1), Credentials{}, "", KindProtocol, "SHA-256"},
		{"no credentials", basic, Credentials{}, "", KindAuth, "401"},
		{"wrong password", basic, Credentials{Username: "ada", Password: "wr0ng"}, "", KindAuth, "401"},
		{"no SSH key", overSSH, Credentials{}, "", KindAuth, "needs a key"},
		{"stranger's SSH key", overSSH, stranger, "", KindAuth, "does not accept the SSH key"},
		{"wrong host key", overSSH, wrongHost, "", KindHostKey, "which known_hosts does not have"},
		{"unknown host", overSSH, unknownHost, "", KindHostKey, "ssh-keyscan"},
		{"unknown authority", tls.URL + "/app.git", Credentials{}, "", KindAuth, "ca.crt"},
		{"nobody there", "http://127.0.0.1:1/app.git", Credentials{}, "", KindTransient, "refused"},
		{"nobody there, ssh", "ssh://127.0.0.1:1/app.git", withHost(key, "127.0.0.1:1", otherHost), "", KindTransient, "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStore(t, Limits{})
			_, err := s.Fetch(t.Context(), Repository{URL: c.url, Credentials: c.creds}, reference(t, c.ref))
			wantKind(t, err, c.want)
			var e *Error
			if !errors.As(err, &e) || e.Repository != c.url || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v; want it to name the repository and say %q", err, c.says)
			}
			if strings.Contains(err.Error(), "wr0ng") {
				t.Errorf("the error holds the password: %v", err)
			}
			if e.Temporary() != (c.want == KindTransient) {
				t.Errorf("Temporary() = %t for %v", e.Temporary(), err)
			}
		})
	}
}

func (f fixture) commit256() {
	f.t.Helper()
	_, err := f.Commit(f.t.Context(), "sha256", "main", "first", map[string]string{"a": "1"})
	f.must(err)
}

func TestTLSWithAnAuthorityOfOnesOwn(t *testing.T) {
	f := newFixture(t)
	f.commit("main", "first", map[string]string{"a": "1"})
	h := httptest.NewTLSServer(f.Handler(gitserver.HTTP{}))
	defer h.Close()
	ca := pemOf(h.Certificate().Raw)
	c, err := ParseCredentials(map[string][]byte{"ca.crt": ca})
	f.must(err)
	got, err := newStore(t, Limits{}).Fetch(t.Context(), Repository{URL: h.URL + "/app", Credentials: c}, Reference{})
	f.must(err)
	wantFile(t, got, "a", "1")
}

func TestServersThatMisbehave(t *testing.T) {
	answer := func(contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write([]byte(body))
		}
	}
	line := func(s string) string { return fmt.Sprintf("%04x%s", len(s)+4, s) }
	refs := line("# service=git-upload-pack\n") + "0000" + line(hashOf(1)+" HEAD\x00symref=HEAD:refs/heads/main shallow side-band-64k ofs-delta thin-pack\n") + line(hashOf(1)+" refs/heads/main\n") + "0000"
	fetch := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				answer(advertiseType, refs)(w, r)
				return
			}
			answer(resultType, body)(w, r)
		}
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    Kind
		says    string
	}{
		"web page":           {answer("text/html", "<html>Sign in</html>"), KindProtocol, `answers with "text/html"`},
		"garbage":            {answer(advertiseType, "\x1b]0;owned\x07 garbage"), KindProtocol, "does not speak Git"},
		"cut off":            {answer(advertiseType, refs[:len(refs)-20]), KindTransient, "connection ended"},
		"nothing":            {answer(advertiseType, ""), KindTransient, "connection ended"},
		"server error":       {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "try\nlater", 503) }, KindTransient, "503 Service Unavailable: try later"},
		"too many requests":  {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", 429) }, KindTransient, "429"},
		"teapot":             {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", 418) }, KindProtocol, "418"},
		"error line":         {answer(advertiseType, line("ERR access denied")), KindAuth, "access denied"},
		"not our ref":        {fetch(line("ERR upload-pack: not our ref " + hashOf(1))), KindTransient, "moved while it was fetched"},
		"no pack":            {fetch(line("shallow "+hashOf(1)+"\n") + "0000" + line("NAK\n")), KindTransient, "connection ended"},
		"garbage for a pack": {fetch("0000" + line("NAK\n") + line("\x01GARBAGEGARBAGE")), KindProtocol, "the pack"},
		"pack cut off":       {fetch("0000" + line("NAK\n") + line("\x01PACK\x00\x00\x00\x02\x00\x00\x00\x03")), KindTransient, "connection ended"},
		"error in the pack":  {fetch("0000" + line("NAK\n") + line("\x03out of memory\n")), KindTransient, "out of memory"},
		"a billion objects":  {fetch("0000" + line("NAK\n") + line("\x01PACK\x00\x00\x00\x02\x3f\xff\xff\xff")), KindTooLarge, "objects"},
		"another commit":     {fetch("0000" + line("NAK\n") + line("\x01PACK\x00\x00\x00\x02\x00\x00\x00\x00"+emptyPackSum)), KindNotFound, "no commit"},
		"endless references": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", advertiseType)
			_, _ = w.Write([]byte(refs[:len(refs)-4]))
			for i := 0; r.Context().Err() == nil; i++ {
				if _, err := w.Write([]byte(line(hashOf(2) + fmt.Sprintf(" refs/heads/%s%d\n", strings.Repeat("x", 60000), i)))); err != nil {
					return
				}
			}
		}, KindTooLarge, "references"},
	} {
		t.Run(name, func(t *testing.T) {
			h := httptest.NewServer(c.handler)
			defer h.Close()
			s := newStore(t, Limits{})
			repo := Repository{URL: h.URL + "/app"}
			_, err := s.Fetch(t.Context(), repo, Reference{})
			wantKind(t, err, c.want)
			if !strings.Contains(err.Error(), c.says) || strings.ContainsAny(err.Error(), "\n\x1b\x07") {
				t.Errorf("got %q; want it to say %q", err, c.says)
			}
			left, _ := filepath.Glob(filepath.Join(s.folder, repo.identity(), "objects", "pack", "*"))
			if len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

const emptyPackSum = "\x02\x9d\x08\x82\x3b\xd8\xa8\xea\xb5\x10\xad\x6a\xc7\x5c\x82\x3c\xfd\x3e\xd3\x1e"

func TestServersThatHang(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // takes connections into its backlog and never speaks
	host, key, err := gitserver.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	creds := Credentials{SSHKey: key, KnownHosts: gitserver.KnownHosts(l.Addr().String(), host.PublicKey())}
	for _, scheme := range []string{"http", "ssh"} {
		t.Run(scheme, func(t *testing.T) {
			repo := Repository{URL: scheme + "://" + l.Addr().String() + "/app", Credentials: creds}
			_, err := newStore(t, Limits{Timeout: 50 * time.Millisecond}).Fetch(t.Context(), repo, Reference{})
			wantKind(t, err, KindTransient)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v; want a deadline", err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(10*time.Millisecond, cancel)
			_, err = newStore(t, Limits{}).Fetch(ctx, repo, Reference{})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v; want it to be cancelled", err)
			}
		})
	}
}

func TestRedirects(t *testing.T) {
	f := newFixture(t)
	f.commit("main", "first", map[string]string{"a": "1"})
	var authorization []string
	git := f.Handler(gitserver.HTTP{})
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorization = append(authorization, r.Header.Get("Authorization"))
		git.ServeHTTP(w, r)
	}))
	defer other.Close()
	to := ""
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && !strings.HasPrefix(r.URL.Path, "/moved") {
			http.Redirect(w, r, to+"?"+r.URL.RawQuery, http.StatusMovedPermanently)
			return
		}
		if r.Header.Get("Authorization") == "" {
			t.Error("no credentials on the same origin")
		}
		r.URL.Path = strings.TrimPrefix(r.URL.Path, "/moved")
		git.ServeHTTP(w, r)
	}))
	defer h.Close()
	repo := Repository{URL: h.URL + "/app", Credentials: Credentials{Username: "ada", Password: "s3cret"}}

	to = "/moved/app/info/refs"
	got, err := newStore(t, Limits{}).Fetch(t.Context(), repo, Reference{})
	f.must(err)
	wantFile(t, got, "a", "1")

	to = other.URL + "/app/info/refs"
	got, err = newStore(t, Limits{}).Fetch(t.Context(), repo, Reference{})
	f.must(err)
	wantFile(t, got, "a", "1")
	if len(authorization) != 2 || strings.Join(authorization, "") != "" {
		t.Errorf("the other origin got the credentials: %q", authorization)
	}

	for _, c := range []struct {
		to   string
		want Kind
	}{
		{"http://169.254.169.254/latest/info/refs", KindRefused},
		{"http://[fd00:ec2::254]/latest/info/refs", KindRefused},
		{"http://10.0.0.1/app/info/refs", KindRefused},
		{"http://metadata.google.internal/x/info/refs", KindRefused},
		{"file:///etc/passwd/info/refs", KindRefused},
		{"http://u:p@127.0.0.1:1/x/info/refs", KindRefused},
		{"/login", KindProtocol},
		{"/app/info/refs", KindProtocol}, // for ever
	} {
		to = c.to
		s := newStore(t, Limits{})
		f.must(s.SetPolicy(Policy{AllowHTTP: true, AllowPrivate: []string{"127.0.0.*"}}))
		_, err := s.Fetch(t.Context(), repo, Reference{})
		if kindOf(err) != c.want {
			t.Errorf("redirect to %s: got %v; want %s", c.to, err, c.want)
		}
	}
}

func TestServerGoneAndBack(t *testing.T) {
	f := newFixture(t)
	first := f.commit("main", "first", map[string]string{"a": "1"})
	s := newStore(t, Limits{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	f.must(err)
	address := l.Addr().String()
	repo := Repository{URL: "http://" + address + "/app"}
	serve := func(l net.Listener) *http.Server {
		h := &http.Server{Handler: f.Handler(gitserver.HTTP{})}
		go func() { _ = h.Serve(l) }()
		return h
	}
	h := serve(l)
	_, err = s.Fetch(t.Context(), repo, Reference{})
	f.must(err)
	f.must(h.Close())
	_, err = s.Fetch(t.Context(), repo, Reference{})
	wantKind(t, err, KindTransient)

	old, err := s.Open(t.Context(), repo, "main@sha1:"+first)
	f.must(err)
	wantFile(t, old, "a", "1")
	if old.Revision != "main@sha1:"+first || old.Reference != old.Revision {
		t.Errorf("got %s of %s", old.Revision, old.Reference)
	}

	f.commit("main", "second", map[string]string{"a": "2"})
	l, err = net.Listen("tcp", address)
	f.must(err)
	h = serve(l)
	defer func() { _ = h.Close() }()
	got, err := s.Fetch(t.Context(), repo, Reference{})
	f.must(err)
	wantFile(t, got, "a", "2")
}
