package rig

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"
)

// secret signs webhooks.
const secret = "rig"

func (r *Rig) secret() string { return filepath.Join(r.Dir, "secret") }

// URL is the repository's.
func (r *Rig) URL() string { return "http://" + r.Git + "/apps.git" }

// StartAgent starts the agent and waits until it is ready.
func (r *Rig) StartAgent(ctx context.Context) error {
	err := r.start("agent", "bin/spotguide", "agent", "--kubeconfig", r.Kubeconfig, "--leader-elect=false",
		"--data", filepath.Join(r.Dir, "mirrors"), "--listen", r.AgentAddress, "--allow-http", "--allow-private", "127.0.0.1",
		"--webhook-secret-file", r.secret())
	if err != nil {
		return err
	}
	r.Agent = r.processes[len(r.processes)-1]
	return Until(ctx, "the agent to be ready", 30*time.Second, func() bool {
		_, err := Get(ctx, "http://"+r.AgentAddress+"/readyz")
		return err == nil
	})
}

// Nudge tells the agent of a push, as a Git server's webhook does.
func (r *Rig) Nudge(ctx context.Context) error {
	body := fmt.Sprintf(`{"repository":%q}`, r.URL())
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+r.AgentAddress+"/hooks", strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("nudge: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		return fmt.Errorf("nudge: %s", answer.Status)
	}
	return nil
}

// Get reads an address of the agent's.
func Get(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, answer.Status)
	}
	return string(raw), err
}
