package server

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type nudged []string

func (n *nudged) Nudge(url string) int { *n = append(*n, url); return 1 }

func sign(body, key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

func TestHooks(t *testing.T) {
	const key = "the secret"
	github := `{"repository":{"clone_url":"https://github.com/a/b.git","ssh_url":"git@github.com:a/b.git"}}`
	gitlab := `{"project":{"git_http_url":"https://gitlab.com/a/b.git"},"repository":{"name":"b"}}`
	bitbucket := `{"repository":{"links":{"clone":[{"href":"https://bitbucket.example/scm/a/b.git"}]}}}`
	for name, c := range map[string]struct {
		body, header, value string
		secret              string
		want                int
		urls                []string
	}{
		"github":     {github, "X-Hub-Signature-256", "sha256=" + sign(github, key), key, 202, []string{"https://github.com/a/b.git", "git@github.com:a/b.git"}},
		"gitlab":     {gitlab, "X-Gitlab-Token", key, key, 202, []string{"https://gitlab.com/a/b.git"}},
		"gitea":      {github, "X-Gitea-Signature", sign(github, key), key, 202, []string{"https://github.com/a/b.git", "git@github.com:a/b.git"}},
		"bitbucket":  {bitbucket, "X-Hub-Signature", "sha256=" + sign(bitbucket, key), key, 202, []string{"https://bitbucket.example/scm/a/b.git"}},
		"plain":      {`{"repository":"https://x/y"}`, "X-Hub-Signature-256", "sha256=" + sign(`{"repository":"https://x/y"}`, key), key, 202, []string{"https://x/y"}},
		"unsigned":   {github, "X-Other", "", key, 401, nil},
		"forged":     {github, "X-Hub-Signature-256", "sha256=" + sign(github, "guess"), key, 401, nil},
		"bad token":  {gitlab, "X-Gitlab-Token", "guess", key, 401, nil},
		"no secret":  {github, "X-Hub-Signature-256", "sha256=" + sign(github, ""), "", 403, nil},
		"not JSON":   {"ref=main", "X-Hub-Signature-256", "sha256=" + sign("ref=main", key), key, 400, nil},
		"no address": {"{}", "X-Hub-Signature-256", "sha256=" + sign("{}", key), key, 400, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var urls nudged
			handler := Hooks(&urls, func() ([]byte, error) { return []byte(c.secret), nil }, slog.New(slog.DiscardHandler))
			request := httptest.NewRequest(http.MethodPost, "/hooks", strings.NewReader(c.body))
			request.Header.Set(c.header, c.value)
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, request)
			if recorder.Code != c.want {
				t.Errorf("status %d, want %d: %s", recorder.Code, c.want, recorder.Body)
			}
			if diff := cmp.Diff(c.urls, []string(urls)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHooksBoundThePayload(t *testing.T) {
	var urls nudged
	handler := Hooks(&urls, func() ([]byte, error) { return []byte("k"), nil }, slog.New(slog.DiscardHandler))
	request := httptest.NewRequest(http.MethodPost, "/hooks", bytes.NewReader(make([]byte, MaxPayload+1)))
	request.Header.Set("X-Gitlab-Token", "k")
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	if recorder.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", recorder.Code)
	}
}

func FuzzRepositories(f *testing.F) {
	f.Add([]byte(`{"repository":{"clone_url":"https://a/b"}}`))
	f.Add([]byte(`{"repository":[1]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		urls, err := Repositories(body)
		if err == nil && len(urls) == 0 {
			t.Error("neither addresses nor an error")
		}
	})
}
