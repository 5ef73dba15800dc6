package source

import (
	"os"
	"path/filepath"
	"time"
)

const (
	sweepEvery = time.Hour
	unusedFor  = 24 * time.Hour
)

// sweep forgets mirrors that nobody has used for a day, and takes them off the
// disk. It is called with mu held, and does its work once an hour at most: not in
// the first hour, when an agent that has just started may not have come to all
// of its repositories.
func (s *Store) sweep(now time.Time) {
	if now.Sub(s.swept) < sweepEvery {
		return
	}
	s.swept = now
	for id, m := range s.mirrors {
		if m.unusedSince(now.Add(-unusedFor)) {
			delete(s.mirrors, id)
		}
	}
	folders, err := os.ReadDir(s.folder)
	if err != nil {
		s.log.Warn("unused mirrors not removed", "error", err)
		return
	}
	for _, f := range folders {
		info, err := f.Info()
		if err != nil || s.mirrors[f.Name()] != nil || now.Sub(info.ModTime()) < unusedFor {
			continue
		}
		if err := os.RemoveAll(filepath.Join(s.folder, f.Name())); err != nil {
			s.log.Warn("unused mirror not removed", "error", err)
		}
	}
}

func (m *mirror) unusedSince(t time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used.Before(t)
}
