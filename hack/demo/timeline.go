package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/agent/status"
)

// timeline prints what happens in the namespace, each line with the seconds
// since the scene began.
type timeline struct {
	client kubernetes.Interface
	began  time.Time
	seen   map[string]time.Time // newest history entry printed, by application
}

// scene starts a new act with a headline.
func (t *timeline) scene(format string, args ...any) {
	fmt.Printf("\n%s\n", bold(fmt.Sprintf(format, args...)))
	t.began = time.Now()
}

// say prints one line of the act.
func (t *timeline) say(at time.Time, format string, args ...any) {
	fmt.Printf("  %6.2fs  %s\n", max(at.Sub(t.began).Seconds(), 0), fmt.Sprintf(format, args...))
}

// until prints the history as it grows until done says so.
func (t *timeline) until(ctx context.Context, what string, most time.Duration, done func(status.Status) bool) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	watch, err := t.client.CoreV1().ConfigMaps(namespace).Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + status.ConfigMap})
	if err != nil {
		return fmt.Errorf("watch status: %w", err)
	}
	defer watch.Stop()
	last := "nothing"
	for {
		s, err := t.status(ctx)
		if err == nil {
			t.print(s)
			if done(s) {
				return nil
			}
			last = fmt.Sprintf("%s (%s)", s.Phase, s.Message)
		}
		select {
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return fmt.Errorf("waited %s for %s; the namespace says: %s", most, what, last)
			}
			return ctx.Err()
		case _, open := <-watch.ResultChan():
			if !open {
				return fmt.Errorf("waiting for %s: the watch ended", what)
			}
		}
	}
}

func (t *timeline) status(ctx context.Context) (status.Status, error) {
	var s status.Status
	cm, err := t.client.CoreV1().ConfigMaps(namespace).Get(ctx, status.ConfigMap, metav1.GetOptions{})
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(cm.Data[status.Key]), &s)
}

// print prints what is new since the last time, in the order of time.
func (t *timeline) print(s status.Status) {
	type line struct {
		at   time.Time
		text string
	}
	var lines []line
	for _, a := range s.Applications {
		for _, e := range a.History {
			if !e.At.After(t.seen[a.Name]) {
				continue
			}
			if t.seen[a.Name].IsZero() {
				lines = append(lines, line{e.At, fmt.Sprintf("%-10s %-14s %s", a.Name, "Detected", why(a))})
			}
			t.seen[a.Name] = e.At
			lines = append(lines, line{e.At, fmt.Sprintf("%-10s %-14s %s", a.Name, e.Reason, firstLine(e.Message))})
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return a.at.Compare(b.at) })
	for _, l := range lines {
		t.say(l.at, "%s", l.text)
	}
}

func why(a status.Application) string {
	for _, w := range a.Why {
		if w.Fact == "guide" {
			return fmt.Sprintf("as %s, because of %s (%s)", a.Guide, w.File, w.Text)
		}
	}
	return "as " + a.Guide
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func bold(s string) string {
	if info, err := os.Stdout.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 || os.Getenv("NO_COLOR") != "" {
		return s
	}
	return "\033[1m" + s + "\033[0m"
}
