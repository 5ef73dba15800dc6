package source

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/spotguide/spotguide/test/gitserver"
)

// BenchmarkThousand is a repository of a thousand applications of four files:
// what a first fetch, a look without news, a fetch of one change, and reading
// everything cost.
func BenchmarkThousand(b *testing.B) {
	server, err := gitserver.New(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	if err := server.Create(b.Context(), "app"); err != nil {
		b.Fatal(err)
	}
	commit := func(files map[string]string) {
		if _, err := server.Commit(b.Context(), "app", "main", "next", files); err != nil {
			b.Fatal(err)
		}
	}
	commit(applications(1000))
	h := httptest.NewServer(server.Handler(gitserver.HTTP{}))
	defer h.Close()
	repo := Repository{URL: h.URL + "/app"}
	store := func() *Store {
		s, err := NewStore(b.TempDir(), open(), Limits{}, slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		return s
	}
	get := func(s *Store) *Snapshot {
		snapshot, err := s.Fetch(b.Context(), repo, Reference{})
		if err != nil {
			b.Fatal(err)
		}
		return snapshot
	}
	b.Run("first fetch", func(b *testing.B) {
		for b.Loop() {
			get(store())
		}
	})
	s := store()
	snapshot := get(s)
	b.Run("no news", func(b *testing.B) {
		for b.Loop() {
			get(s)
		}
	})
	b.Run("one change", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			b.StopTimer()
			commit(map[string]string{"apps/app-0500/service.yaml": fmt.Sprint(i)})
			b.StartTimer()
			get(s)
		}
	})
	b.Run("read all", func(b *testing.B) {
		for b.Loop() {
			if n, err := readAll(snapshot.FS()); err != nil || n != 4000 {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("memory", func(b *testing.B) {
		heap := func() uint64 {
			runtime.GC()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		before := heap()
		var held []*Snapshot
		for b.Loop() {
			held = append(held, get(store()))
		}
		b.ReportMetric(float64(heap()-before)/float64(len(held))/1024, "KiB/mirror")
		runtime.KeepAlive(held)
	})
}
