package gitserver

import (
	"context"
	"crypto/subtle"
	"io"
	"log"
	"net/http"
	"net/http/cgi"
	"os"
	"path"
	"strings"
)

// HTTP says who may come in over HTTP. The zero value lets everybody in.
type HTTP struct {
	Username, Password string // basic authentication
	Bearer             string // bearer token
}

// Handler serves the repositories over smart HTTP, for reading and pushing. A
// repository shop is at /shop.git and at /shop.
func (s *Server) Handler(access HTTP) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !access.admits(r) {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "credentials missing or wrong", http.StatusUnauthorized)
			return
		}
		repository, service := split(r.URL.Path)
		if repository == "" || !repositoryName.MatchString(repository) {
			http.NotFound(w, r)
			return
		}
		backend := &cgi.Handler{
			Path: s.git, Args: []string{"http-backend"}, Dir: s.dir,
			Env: append(environment(), "GIT_PROJECT_ROOT="+s.dir, "GIT_HTTP_EXPORT_ALL=1",
				"PATH_INFO=/"+repository+".git"+service, "REMOTE_USER=git"),
			// What it complains of, it tells the client too.
			Stderr: io.Discard, Logger: log.New(io.Discard, "", 0),
		}
		if err := measure(r); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		defer func() { _ = r.Body.Close() }()
		if service != "/git-receive-pack" || s.OnPush == nil {
			backend.ServeHTTP(w, r)
			return
		}
		// Whether a push was taken stands inside the answer, so the references tell.
		before := s.references(r, repository)
		backend.ServeHTTP(w, r)
		if s.references(r, repository) != before {
			s.OnPush(repository)
		}
	})
}

func (s *Server) references(r *http.Request, repository string) string {
	out, err := s.Git(context.WithoutCancel(r.Context()), s.Path(repository), "for-each-ref")
	if err != nil {
		return err.Error()
	}
	return out
}

// measure puts a body of unknown length, as git sends large pushes, into a
// file, since CGI wants to know its length.
func measure(r *http.Request) error {
	if r.ContentLength >= 0 {
		return nil
	}
	f, err := os.CreateTemp("", "gitserver-")
	if err != nil {
		return err
	}
	_ = os.Remove(f.Name())
	if r.ContentLength, err = io.Copy(f, r.Body); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	r.Body, r.TransferEncoding = f, nil
	return err
}

// split tells a repository from what is asked of it.
func split(p string) (repository, service string) {
	for _, suffix := range []string{"/info/refs", "/git-upload-pack", "/git-receive-pack", "/HEAD"} {
		if rest, ok := strings.CutSuffix(p, suffix); ok {
			return strings.TrimSuffix(strings.TrimPrefix(path.Clean(rest), "/"), ".git"), suffix
		}
	}
	return "", ""
}

func (a HTTP) admits(r *http.Request) bool {
	same := func(got, want string) bool { return subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1 }
	switch {
	case a.Bearer != "":
		return same(r.Header.Get("Authorization"), "Bearer "+a.Bearer)
	case a.Username != "":
		user, password, ok := r.BasicAuth()
		return ok && same(user, a.Username) && same(password, a.Password)
	}
	return true
}
