package stack

import (
	"bytes"
	"path"
	"strings"
)

// index finds rows by the names of dependencies.
type index struct {
	exact    map[string][]int
	prefixes []prefix
}

type prefix struct {
	text string
	row  int
}

// add enters a pattern: a name, or the beginning of one with a trailing *. The
// module path of a Go library also stands for its major versions and packages.
func (x *index) add(pattern string, row int) {
	if text, ok := strings.CutSuffix(pattern, "*"); ok {
		x.prefixes = append(x.prefixes, prefix{fold(text), row})
		return
	}
	if x.exact == nil {
		x.exact = map[string][]int{}
	}
	x.exact[fold(pattern)] = append(x.exact[fold(pattern)], row)
}

// find lists the rows whose patterns a name fits.
func (x *index) find(name string) []int {
	name = fold(name)
	rows := append([]int(nil), x.exact[name]...)
	for rest := name; strings.Contains(rest, "/") && strings.Contains(name, "."); rest = path.Dir(rest) {
		rows = append(rows, x.exact[path.Dir(rest)]...)
	}
	if _, artifact, ok := strings.Cut(name, ":"); ok && artifact != "" {
		rows = append(rows, x.exact[name[:strings.Index(name, ":")]+":*"]...)
	}
	for _, p := range x.prefixes {
		if strings.HasPrefix(name, p.text) {
			rows = append(rows, p.row)
		}
	}
	return rows
}

// fits says whether a dependency's name is what a pattern means.
func fits(pattern, name string) bool {
	return fitsFolded(fold(pattern), fold(name))
}

func fitsFolded(pattern, name string) bool {
	if text, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, text)
	}
	return name == pattern || strings.Contains(pattern, ".") && strings.HasPrefix(name, pattern+"/")
}

// fold makes names comparable: ecosystems take them without regard to case, and
// Python takes _ for -.
func fold(name string) string {
	if strings.IndexFunc(name, func(r rune) bool { return r == '_' || r >= 'A' && r <= 'Z' || r > 127 }) < 0 {
		return name
	}
	return strings.ReplaceAll(strings.ToLower(name), "_", "-")
}

// glob matches the path of a file: * stays in a folder, ** crosses folders.
func glob(pattern, name string) bool {
	if !strings.Contains(pattern, "*") {
		return pattern == name
	}
	first, last := strings.IndexByte(pattern, '*'), strings.LastIndexByte(pattern, '*')
	before, after := pattern[:first], pattern[last+1:]
	if len(name) < len(before)+len(after) || !strings.HasPrefix(name, before) || !strings.HasSuffix(name, after) {
		return false
	}
	switch between := name[len(before) : len(name)-len(after)]; {
	case strings.HasPrefix(pattern[first:], "**"):
		return true
	case first == last:
		return !strings.Contains(between, "/")
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// image is the name of a container image without registry mirror, tag and digest.
func image(reference string) string {
	reference, _, _ = strings.Cut(reference, "@")
	if i := strings.LastIndex(reference, ":"); i > strings.LastIndex(reference, "/") {
		reference = reference[:i]
	}
	for _, hub := range []string{"docker.io/", "index.docker.io/", "library/", "public.ecr.aws/docker/", "library/"} {
		reference = strings.TrimPrefix(reference, hub)
	}
	return reference
}

// lineOf is the line that offset at lies on.
func lineOf(data []byte, at int) int {
	n := 1
	for _, b := range data[:at] {
		if b == '\n' {
			n++
		}
	}
	return n
}

// word finds text where it stands by itself; 0 when it does not.
func word(data []byte, text string) int {
	if text == "" {
		return 0
	}
	lower, wanted := bytes.ToLower(data), bytes.ToLower([]byte(text))
	for from := 0; ; {
		at := bytes.Index(lower[from:], wanted)
		if at < 0 {
			return 0
		}
		start, end := from+at, from+at+len(wanted)
		if (start == 0 || !inWord(lower[start-1])) && (end == len(lower) || !inWord(lower[end])) {
			return 1 + bytes.Count(lower[:start], []byte("\n"))
		}
		from = start + 1
	}
}

// inWord says that a byte continues a word.
func inWord(b byte) bool {
	return b == '_' || b == '-' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z'
}
