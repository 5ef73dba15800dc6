package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"
)

// teller tells a webhook of pushes, one after the other.
type teller struct {
	log             *slog.Logger
	webhook, secret string
	pushes          chan string
}

func newTeller(log *slog.Logger, webhook, secret string) *teller {
	return &teller{log: log, webhook: webhook, secret: secret, pushes: make(chan string, 64)}
}

func (t *teller) pushed(repository string) {
	t.log.Info("pushed", "repository", repository)
	if t.webhook == "" {
		return
	}
	select {
	case t.pushes <- repository:
	default: // it is told of too many already; the agent polls anyway
	}
}

func (t *teller) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case repository := <-t.pushes:
			if err := t.tell(ctx, repository); err != nil {
				t.log.Warn("webhook not reached", "repository", repository, "error", err)
			}
		}
	}
}

func (t *teller) tell(ctx context.Context, repository string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	body, err := json.Marshal(map[string]string{"repository": repository})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.webhook, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if t.secret != "" {
		key, err := os.ReadFile(t.secret)
		if err != nil {
			return err
		}
		mac := hmac.New(sha256.New, bytes.TrimSpace(key))
		mac.Write(body)
		req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= 300 {
		return fmt.Errorf("webhook answers %s", res.Status)
	}
	return nil
}
