package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// openMirror opens the mirror in a folder, or an empty one when there is none
// or it is damaged. The error then says what was wrong.
func openMirror(folder string) (*mirror, error) {
	m := &mirror{folder: folder, turn: make(chan struct{}, 1), used: time.Now(), busy: map[plumbing.Hash]bool{}}
	s, err := m.load()
	if err == nil && len(s.commits) > 0 {
		m.state = s
		return m, nil
	}
	if err := os.RemoveAll(folder); err != nil {
		return nil, fmt.Errorf("mirror: %w", err)
	}
	return m, err
}

func (m *mirror) load() (state, error) {
	s := state{shallow: map[plumbing.Hash]bool{}}
	refs, err := readLines(filepath.Join(m.folder, "packed-refs"))
	if err != nil || len(refs) == 0 {
		return s, err
	}
	for _, line := range refs {
		hash, _, _ := strings.Cut(line, " ")
		if !plumbing.IsHash(hash) {
			return s, corrupt(errors.New("packed-refs"))
		}
		s.commits = append(s.commits, plumbing.NewHash(hash))
	}
	shallow, err := readLines(filepath.Join(m.folder, "shallow"))
	if err != nil {
		return s, err
	}
	for _, line := range shallow {
		s.shallow[plumbing.NewHash(line)] = true
	}
	if s.objects, err = m.loadPacks(); err != nil {
		return s, err
	}
	for _, c := range s.commits {
		if !s.objects.has(c) {
			return s, corrupt(fmt.Errorf("commit %s is not there", c))
		}
	}
	return s, nil
}

func (m *mirror) loadPacks() (*objects, error) {
	leftovers, _ := filepath.Glob(filepath.Join(m.packs(), "tmp_*"))
	for _, f := range leftovers {
		_ = os.Remove(f)
	}
	paths, err := filepath.Glob(filepath.Join(m.packs(), "pack-*.pack"))
	if err != nil {
		return nil, err
	}
	var o *objects
	for _, path := range paths {
		p, err := openPack(path)
		if err != nil {
			return nil, err
		}
		o = o.with(p)
	}
	return o, nil
}

// commit makes a state the mirror's own: on disk first, then in memory. Packs
// that it does not have any more are removed.
func (m *mirror) commit(s state) error {
	var shallow bytes.Buffer
	for _, c := range s.commits {
		if s.shallow[c] {
			fmt.Fprintln(&shallow, c)
		}
	}
	var refs bytes.Buffer
	for _, c := range s.commits {
		fmt.Fprintf(&refs, "%s refs/spotguide/%s\n", c, c)
	}
	for name, b := range map[string]string{
		"HEAD":   "ref: refs/heads/none\n",
		"config": "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
	} {
		if err := m.write(name, []byte(b)); err != nil {
			return err
		}
	}
	if err := m.write("shallow", shallow.Bytes()); err != nil {
		return err
	}
	if err := m.write("packed-refs", refs.Bytes()); err != nil {
		return err
	}
	old := m.current().objects
	m.set(s)
	if old != nil {
		for _, p := range old.packs {
			if !s.objects.includes(p) {
				p.remove()
			}
		}
	}
	return nil
}

func (m *mirror) write(name string, b []byte) error {
	return writeFile(filepath.Join(m.folder, name), func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

func readLines(path string) ([]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("mirror: %w", err)
	}
	defer func() { _ = f.Close() }()
	var out []string
	for s := bufio.NewScanner(f); s.Scan(); {
		if line := strings.TrimSpace(s.Text()); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out, nil
}

// writeFile writes a file whole or not at all.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "tmp_")
	if err != nil {
		return fmt.Errorf("mirror: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	w := bufio.NewWriter(f)
	if err := write(w); err != nil {
		_ = f.Close()
		return err
	}
	if err := w.Flush(); err != nil {
		_ = f.Close()
		return fmt.Errorf("mirror: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("mirror: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("mirror: %w", err)
	}
	return nil
}
