package render

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// parse reads one document into its root node, whose lines are those of the
// file; nil when the document is empty.
func parse(doc document) (*yaml.Node, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(doc.data, &root); err != nil {
		return nil, syntaxError(doc, err)
	}
	if len(root.Content) == 0 {
		return nil, nil
	}
	if doc.line > 1 {
		shift(&root, doc.line-1)
	}
	return root.Content[0], nil
}

// shift moves the lines of a node and all below it.
func shift(n *yaml.Node, by int) {
	n.Line += by
	for _, child := range n.Content {
		shift(child, by)
	}
}

var yamlErrorLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntaxError gives the parser's message with the line in the file.
func syntaxError(doc document, err error) error {
	text, line := err.Error(), doc.line
	if m := yamlErrorLine.FindStringSubmatch(text); m != nil {
		text = text[len(m[0]):]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line += n - 1
		}
	}
	if bytes.Contains(doc.data, []byte("{{")) {
		text += "; {{...}} is for a template engine: fill it in"
	}
	return &lineError{line: line, err: fmt.Errorf("invalid YAML: %s", text)}
}

// lineError is an error with its line in the file.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return e.err.Error() }

func at(n *yaml.Node, format string, args ...any) error {
	return &lineError{line: n.Line, err: fmt.Errorf(format, args...)}
}

// lineOf is the line an error of this package's decoding names, else def.
func lineOf(err error, def int) int {
	var e *lineError
	if errors.As(err, &e) {
		return e.line
	}
	return def
}
