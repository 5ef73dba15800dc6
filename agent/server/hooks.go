package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
)

// MaxPayload bounds what a webhook may send, in bytes.
const MaxPayload = 1 << 20

// Nudger looks at a repository now instead of at its next interval and returns
// how many namespaces follow it.
type Nudger interface {
	Nudge(url string) int
}

// Hooks accepts the push webhooks of GitHub, GitLab, Gitea, Forgejo and
// Bitbucket Data Center, and {"repository": "https://..."} from anything else.
// A payload is only ever a hint to look. Secret returns what payloads are
// signed with; while it is empty, every payload is refused.
func Hooks(nudger Nudger, secret func() ([]byte, error), log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, err := secret()
		if err != nil || len(key) == 0 {
			http.Error(w, "webhooks are closed: start the agent with --webhook-secret-file", http.StatusForbidden)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxPayload))
		if err != nil {
			http.Error(w, "payload too large or cut off", http.StatusRequestEntityTooLarge)
			return
		}
		if !Signed(r.Header, body, key) {
			http.Error(w, "signature missing or wrong: give the Git server the secret in --webhook-secret-file", http.StatusUnauthorized)
			return
		}
		urls, err := Repositories(body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		followers := 0
		for _, url := range urls {
			followers += nudger.Nudge(url)
		}
		log.Debug("webhook accepted", "repositories", urls, "followers", followers)
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintf(w, "%d namespaces look now\n", followers)
	})
}

// Signed tells whether one of the known headers proves knowledge of the key.
func Signed(h http.Header, body, key []byte) bool {
	if token := h.Get("X-Gitlab-Token"); token != "" {
		return subtle.ConstantTimeCompare([]byte(token), key) == 1
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(body)
	want := mac.Sum(nil)
	for _, name := range []string{"X-Hub-Signature-256", "X-Hub-Signature", "X-Gitea-Signature", "X-Forgejo-Signature"} {
		got, err := hex.DecodeString(strings.TrimPrefix(h.Get(name), "sha256="))
		if err == nil && hmac.Equal(got, want) {
			return true
		}
	}
	return false
}

type addresses struct {
	CloneURL   string `json:"clone_url"`
	SSHURL     string `json:"ssh_url"`
	HTMLURL    string `json:"html_url"`
	GitHTTPURL string `json:"git_http_url"`
	GitSSHURL  string `json:"git_ssh_url"`
	Links      struct {
		Clone []struct {
			Href string `json:"href"`
		} `json:"clone"`
	} `json:"links"`
}

// Repositories reads the addresses that a payload may mean.
func Repositories(body []byte) ([]string, error) {
	var payload struct {
		Repository json.RawMessage `json:"repository"`
		Project    addresses       `json:"project"`
	}
	if err := json.Unmarshal(body, &payload); err != nil {
		return nil, errors.New("payload is not JSON; set the webhook's content type to application/json")
	}
	var plain string
	if json.Unmarshal(payload.Repository, &plain) == nil && plain != "" {
		return []string{plain}, nil
	}
	var repository addresses
	if len(payload.Repository) > 0 {
		if err := json.Unmarshal(payload.Repository, &repository); err != nil {
			return nil, errors.New("payload: repository is neither an address nor an object")
		}
	}
	urls := append(repository.all(), payload.Project.all()...)
	if len(urls) == 0 {
		return nil, errors.New("payload names no repository")
	}
	return urls, nil
}

func (a addresses) all() []string {
	candidates := []string{a.CloneURL, a.SSHURL, a.HTMLURL, a.GitHTTPURL, a.GitSSHURL}
	for _, c := range a.Links.Clone {
		candidates = append(candidates, c.Href)
	}
	var urls []string
	for _, c := range candidates {
		if c != "" {
			urls = append(urls, c)
		}
	}
	return urls
}
