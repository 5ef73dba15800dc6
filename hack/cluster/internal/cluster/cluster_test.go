package cluster

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestParseNodes(t *testing.T) {
	for text, want := range map[string]Nodes{
		"none":               {},
		"simulated:3":        {Simulated: 3},
		"real:2":             {Real: 2},
		"simulated:3,real:2": {Simulated: 3, Real: 2},
	} {
		if got, err := ParseNodes(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "3", "simulated", "simulated:0", "simulated:x", "virtual:1", "real:61"} {
		if _, err := ParseNodes(text); err == nil {
			t.Errorf("%q: want an error", text)
		}
	}
}

func TestSettleOnlyAdds(t *testing.T) {
	l := Layout{t.TempDir()}
	first, err := l.settle(Nodes{Simulated: 3}, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := l.settle(Nodes{Simulated: 1, Real: 1}, map[string][]string{"etcd": {"--x"}})
	if err != nil {
		t.Fatal(err)
	}
	if second.Simulated != 3 || second.Real != 1 || second.ID != first.ID || second.Ports["etcd"] != first.Ports["etcd"] {
		t.Errorf("first %+v, then %+v", first, second)
	}
}

func TestDownLeavesAnothersFolderAlone(t *testing.T) {
	l := Layout{t.TempDir()}
	file := filepath.Join(l.Dir, "thesis.txt")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		Down(t.Context(), l, io.Discard),
		Up(t.Context(), l, UpOptions{Progress: io.Discard}),
	} {
		if err == nil || !strings.Contains(err.Error(), "thesis.txt") {
			t.Errorf("got %v", err)
		}
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

func TestLockLetsOneIn(t *testing.T) {
	l := Layout{filepath.Join(t.TempDir(), "new")}
	unlock, err := l.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	if _, err := l.lock(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	// what a down does before it lets go
	if err := os.RemoveAll(l.Dir); err != nil {
		t.Fatal(err)
	}
	unlock()
	unlock, err = l.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestNoCluster(t *testing.T) {
	l := Layout{filepath.Join(t.TempDir(), "none")}
	if err := Down(t.Context(), l, io.Discard); err != nil {
		t.Error(err)
	}
	if _, err := Status(t.Context(), l, io.Discard); !errors.Is(err, ErrNoCluster) {
		t.Errorf("got %v", err)
	}
}
