package dockerfile

import (
	"bytes"
	_ "embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"github.com/spotguide/spotguide/spotguides/guide"
)

//go:embed dockerfile.tmpl
var source string

// Written is a Dockerfile and what a person should know of it.
type Written struct {
	Text    []byte
	Notices []string
}

// Write writes the Dockerfile of a stack that was found in the folder dir, for a
// build of its Context. A language that images.yaml does not
// know, and a program that nobody knows how to start, are errors that say what
// to do.
func Write(s guide.Stack, dir string) (Written, error) {
	t, err := load()
	if err != nil {
		return Written{}, err
	}
	l, known := t.Languages[s.Language]
	if !known {
		return Written{}, fmt.Errorf("no base image is known for %s: add a Dockerfile to the repository", s.Language)
	}
	static := s.Kind == guide.KindStatic || s.Start == "" && s.Output != ""
	if s.Start == "" && !static {
		return Written{}, fmt.Errorf("it is not known how this %s program is started: add a Procfile (web: COMMAND) or a Dockerfile to the repository", s.Language)
	}
	v, notice := view(t, l.of(s), s, s.Member(dir), static)
	layout, err := template.New("Dockerfile").Funcs(template.FuncMap{"quote": quote}).Parse(source)
	if err != nil {
		return Written{}, fmt.Errorf("dockerfile.tmpl: %w", err)
	}
	var text bytes.Buffer
	if err := layout.Execute(&text, v); err != nil {
		return Written{}, fmt.Errorf("write Dockerfile: %w", err)
	}
	written := Written{Text: blankLines.ReplaceAll(text.Bytes(), []byte("\n\n"))}
	if notice != "" {
		written.Notices = append(written.Notices, notice)
	}
	return written, nil
}

var blankLines = regexp.MustCompile(`\n{3,}`)

// plain is a value that needs no quotes.
var plain = regexp.MustCompile(`^[\w./:$-]+$`)

func quote(value string) string {
	if plain.MatchString(value) {
		return value
	}
	return strconv.Quote(value)
}

// firstPort is the main port, 0 without any.
func firstPort(s guide.Stack) int32 {
	if len(s.Ports) == 0 {
		return 0
	}
	return s.Ports[0].Port
}

// title says for what the Dockerfile is.
func title(s guide.Stack) string {
	words := []string{s.Language}
	if s.Framework != "" {
		words = append(words, "with", s.Framework)
	}
	return strings.Join(words, " ")
}
