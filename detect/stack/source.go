package stack

import (
	"path"
	"slices"
	"strings"
)

// maxCode is how much of a file of code is looked at.
const maxCode = 64 << 10

// source reads the files of a folder, each once.
type source struct {
	folder  Folder
	files   []string
	known   map[string]bool
	data    map[string][]byte
	err     error // the first that a read met; it ends everything
	notices []string
}

func newSource(f Folder) *source {
	s := &source{folder: f, files: f.Files(), known: map[string]bool{}, data: map[string][]byte{}}
	for _, file := range s.files {
		s.known[file] = true
	}
	return s
}

// read returns the beginning of a file; nothing where there is none.
func (s *source) read(name string) []byte {
	if data, ok := s.data[name]; ok || !s.known[name] || s.err != nil {
		return data
	}
	data, err := s.folder.Read(name)
	if err != nil {
		s.err = err
		return nil
	}
	s.data[name] = data
	return data
}

// code returns the beginning of a file of code.
func (s *source) code(name string) []byte {
	data := s.read(name)
	return data[:min(len(data), maxCode)]
}

// glob lists the files that a pattern means.
func (s *source) glob(pattern string) []string {
	if !strings.Contains(pattern, "*") {
		if s.known[pattern] {
			return []string{pattern}
		}
		return nil
	}
	var found []string
	for _, file := range s.files {
		if glob(pattern, file) {
			found = append(found, file)
		}
	}
	return found
}

// first is the first file that one of the patterns means.
func (s *source) first(patterns ...string) string {
	for _, p := range patterns {
		if !strings.Contains(p, "*") {
			if s.known[p] {
				return p
			}
			continue
		}
		if i := slices.IndexFunc(s.files, func(file string) bool { return glob(p, file) }); i >= 0 {
			return s.files[i]
		}
	}
	return ""
}

// path is a file's path in the tree.
func (s *source) path(name string) string { return path.Join(s.folder.Dir(), name) }

func (s *source) notice(name, text string) {
	if line := s.path(name) + ": " + text; !slices.Contains(s.notices, line) {
		s.notices = append(s.notices, line)
	}
}
