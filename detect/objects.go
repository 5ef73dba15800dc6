package detect

import (
	"bytes"
	"encoding/json"
	"path"
	"regexp"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// object is a Kubernetes object as far as detection needs it.
type object struct {
	kind string
	line int
}

// scan lists the Kubernetes objects in a file. YAML is read by its lines and
// not parsed: a file that is a little wrong is still a manifest, and rendering
// tells better what is wrong. Templates hold no objects; blank says of one that
// its image is what has to be filled in.
func scan(name string, data []byte) (objects []object, blank bool) {
	if !bytes.Contains(data, []byte("apiVersion")) || !bytes.Contains(data, []byte("kind")) {
		return nil, false
	}
	if path.Ext(name) == ".json" || bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return scanJSON(data), false
	}
	var s scanner
	for line := range strings.Lines(string(data)) {
		if s.line++; !s.take(line) {
			return nil, s.blank
		}
	}
	s.end()
	return s.objects, false
}

// scanner goes over the lines of YAML documents.
type scanner struct {
	line, kindLine   int
	apiVersion, kind string
	objects          []object
	blank            bool // it names an image that has to be filled in
}

// take reads a line, and is false at one that only a template has.
func (s *scanner) take(line string) bool {
	switch {
	case strings.HasPrefix(line, "{{"), strings.HasPrefix(line, "apiVersion: {{"), strings.HasPrefix(line, "kind: {{"):
		return false
	case isBlank(line):
		s.blank = s.apiVersion != ""
		return false
	case strings.HasPrefix(line, "---"):
		s.end()
	case strings.HasPrefix(line, "apiVersion:"):
		s.apiVersion = plain(line)
	case strings.HasPrefix(line, "kind:"):
		s.kind, s.kindLine = plain(line), s.line
	}
	return true
}

// isBlank says that a line names an image that somebody has to fill in:
// docker.io/{username}/shop, <image>, ko://... What Flux or Argo fill in is none.
func isBlank(line string) bool {
	value, ok := strings.CutPrefix(strings.TrimLeft(line, " -"), "image:")
	return ok && blank.MatchString(plain(":"+value))
}

var blank = regexp.MustCompile(`^[^${}<>]*(<[\w .-]+>|\{[\w .-]+\})|^ko://`)

// end closes a document.
func (s *scanner) end() {
	if guide.IsObject(s.apiVersion, s.kind) {
		s.objects = append(s.objects, object{s.kind, s.kindLine})
	}
	s.apiVersion, s.kind = "", ""
}

// plain is the value of a "key: value" line without quotes and comment.
func plain(line string) string {
	_, value, _ := strings.Cut(line, ":")
	value, _, _ = strings.Cut(value, " #")
	return strings.Trim(strings.TrimSpace(value), `"'`)
}

func scanJSON(data []byte) []object {
	var document struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if json.Unmarshal(data, &document) != nil || !guide.IsObject(document.APIVersion, document.Kind) {
		return nil
	}
	at := bytes.Index(data, []byte(`"kind"`))
	return []object{{document.Kind, 1 + bytes.Count(data[:at], []byte("\n"))}}
}
