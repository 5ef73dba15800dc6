package guide

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The bounds of one descriptor file. Aliases count each time they are used, so
// a file that unfolds into far more than it holds is refused.
const (
	maxFileBytes = 1 << 20
	maxNodes     = 200_000
	maxDepth     = 64
)

// parse reads one YAML document. What cannot be read is reported; the result is
// nil when nothing could be, and for an empty file.
func parse(file string, data []byte, r *report) *node {
	if len(data) > maxFileBytes {
		r.file(file, "", "is larger than %d bytes", maxFileBytes)
		return nil
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	var document, next yaml.Node
	if err := d.Decode(&document); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		r.syntax(file, err)
		return nil
	}
	if err := d.Decode(&next); err == nil {
		r.add(Problem{File: file, Line: next.Line, Column: next.Column,
			Message: "second document in one file", Hint: "keep one descriptor a file"})
	} else if !errors.Is(err, io.EOF) {
		r.syntax(file, err)
	}
	p := parser{file: file, report: r, open: map[*yaml.Node]bool{}}
	return p.node(&document, 0)
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntax reports what the YAML parser says, with the line that it names.
func (r *report) syntax(file string, err error) {
	message, line := err.Error(), 1
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		message = message[len(m[0]):]
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
	}
	r.add(Problem{File: file, Line: line, Message: "not valid YAML: " + message})
}

// parser turns YAML nodes into nodes: aliases and merge keys unfolded, scalars
// resolved, duplicate keys reported.
type parser struct {
	file   string
	report *report
	count  int
	open   map[*yaml.Node]bool // aliases being unfolded
	full   bool                // the bounds were reported
}

func (p *parser) node(y *yaml.Node, depth int) *node {
	n := &node{file: p.file, line: y.Line, column: y.Column}
	if p.count++; p.count > maxNodes || depth > maxDepth {
		p.tooLarge(n)
		return n
	}
	switch y.Kind {
	case yaml.DocumentNode:
		return p.node(y.Content[0], depth)
	case yaml.AliasNode:
		return p.alias(y, depth)
	case yaml.MappingNode:
		n.kind = mapNode
		p.mapping(n, y, depth)
	case yaml.SequenceNode:
		n.kind = listNode
		for _, item := range y.Content {
			n.items = append(n.items, p.node(item, depth+1))
		}
	case yaml.ScalarNode:
		p.scalar(n, y)
	}
	return n
}

func (p *parser) tooLarge(n *node) {
	if !p.full {
		p.report.at(n, "", "", "more than %d values or %d levels once aliases are unfolded", maxNodes, maxDepth)
	}
	p.full = true
}

func (p *parser) alias(y *yaml.Node, depth int) *node {
	if p.open[y.Alias] {
		n := &node{file: p.file, line: y.Line, column: y.Column}
		p.report.at(n, "", "", "alias *%s stands inside its own anchor", y.Value)
		return n
	}
	p.open[y.Alias] = true
	defer delete(p.open, y.Alias)
	return p.node(y.Alias, depth+1)
}

func (p *parser) mapping(n *node, y *yaml.Node, depth int) {
	var merged []field
	lines := map[string]int{}
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, value := y.Content[i], p.node(y.Content[i+1], depth+1)
		f := field{key: key.Value, line: key.Line, column: key.Column, value: value}
		switch first, twice := lines[f.key]; {
		case key.ShortTag() == "!!merge":
			merged = append(merged, p.mergeKey(value)...)
		case key.Kind != yaml.ScalarNode:
			p.report.at(f.place(p.file), "", "", "a key must be a plain word")
		case twice:
			p.report.at(f.place(p.file), f.key, "keep one of them", "given twice, first on line %d", first)
		default:
			lines[f.key] = f.line
			n.fields = append(n.fields, f)
		}
	}
	for _, f := range merged {
		if lines[f.key] == 0 {
			lines[f.key] = f.line
			n.fields = append(n.fields, f)
		}
	}
}

// mergeKey is what "<<" brings in: the fields of a map, or of each map of a
// list.
func (p *parser) mergeKey(value *node) []field {
	if value.kind != listNode {
		return value.fields
	}
	var fields []field
	for _, item := range value.items {
		fields = append(fields, item.fields...)
	}
	return fields
}

func (p *parser) scalar(n *node, y *yaml.Node) {
	n.text, n.kind = y.Value, scalarNode
	var err error
	switch y.ShortTag() {
	case "!!null":
		n.kind = nullNode
	case "!!bool":
		n.scalar = strings.EqualFold(y.Value, "true")
	case "!!int":
		var i int64
		err = y.Decode(&i)
		n.scalar = i
	case "!!float":
		var f float64
		if err = y.Decode(&f); math.IsInf(f, 0) || math.IsNaN(f) {
			err = errors.New("not a finite number")
		}
		n.scalar = f
	case "!!str", "!!timestamp":
		n.scalar = y.Value
		if y.Style == 0 && oldBooleans[y.Value] {
			n.reported = true
			p.report.at(n, "", fmt.Sprintf("write true or false, or %q in quotes if the word is meant", y.Value),
				"%s is a boolean to some YAML readers and a word to others", y.Value)
		}
	default:
		err = fmt.Errorf("tag %s is not supported", y.ShortTag())
	}
	if err != nil {
		n.scalar, n.reported = y.Value, true
		p.report.at(n, "", "", "%s cannot be read: %s", y.Value, strings.TrimPrefix(err.Error(), "yaml: "))
	}
}

// oldBooleans are YAML 1.1's other names of true and false, which Helm still
// reads as such.
var oldBooleans = map[string]bool{
	"yes": true, "Yes": true, "YES": true, "no": true, "No": true, "NO": true,
	"on": true, "On": true, "ON": true, "off": true, "Off": true, "OFF": true,
}
