package render

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	// maxDepth of nested maps and lists.
	maxDepth = 200
	// nodeWeight is what a value weighs beside its text, in bytes.
	nodeWeight = 32
	// aliasAllowance and aliasFactor bound what aliases add to a document: so
	// much, and so many times its own length.
	aliasAllowance = 64 << 10
	aliasFactor    = 4
)

// decoder turns YAML nodes into the plain values that Kubernetes' JSON decoder
// would give: map[string]any, []any, string, int64, float64, bool and nil.
type decoder struct {
	// lenient lets the last of several equal keys win, as Helm does.
	lenient bool
	// repeated are the keys that were given more than once.
	repeated []string
	// aliases is how much aliases may still add.
	aliases int
	depth   int
	// expanding are the nodes whose alias is being followed.
	expanding []*yaml.Node
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
	return &lineError{line: line, err: fmt.Errorf("invalid YAML: %s", text)}
}

func newDecoder(size int, lenient bool) *decoder {
	return &decoder{lenient: lenient, aliases: aliasAllowance + aliasFactor*size}
}

func (d *decoder) value(n *yaml.Node) (any, error) {
	if len(d.expanding) > 0 {
		if d.aliases -= nodeWeight + len(n.Value); d.aliases < 0 {
			return nil, at(n, "aliases (*%s) make this document many times larger than it is: write it out", n.Anchor)
		}
	}
	if d.depth++; d.depth > maxDepth {
		return nil, at(n, "nested more than %d levels deep", maxDepth)
	}
	defer func() { d.depth-- }()
	switch n.Kind {
	case yaml.MappingNode:
		return d.mapping(n)
	case yaml.SequenceNode:
		return d.sequence(n)
	case yaml.AliasNode:
		return d.alias(n)
	default:
		return scalar(n)
	}
}

// alias decodes what n stands for; what it adds is counted.
func (d *decoder) alias(n *yaml.Node) (any, error) {
	if n.Alias == nil {
		return nil, at(n, "alias *%s stands for nothing", n.Value)
	}
	if slices.Contains(d.expanding, n.Alias) {
		return nil, at(n, "alias *%s contains itself", n.Value)
	}
	d.expanding = append(d.expanding, n.Alias)
	defer func() { d.expanding = d.expanding[:len(d.expanding)-1] }()
	return d.value(n.Alias)
}

func (d *decoder) sequence(n *yaml.Node) (any, error) {
	list := make([]any, len(n.Content))
	for i, item := range n.Content {
		v, err := d.value(item)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

func (d *decoder) mapping(n *yaml.Node) (any, error) {
	m := make(map[string]any, len(n.Content)/2)
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Tag == "!!merge" {
			merges = append(merges, n.Content[i+1])
			continue
		}
		name, err := keyName(key)
		if err != nil {
			return nil, err
		}
		if _, twice := m[name]; twice {
			if !d.lenient {
				return nil, at(key, "key %q is given twice in one map", name)
			}
			d.repeated = append(d.repeated, name)
		}
		if m[name], err = d.value(n.Content[i+1]); err != nil {
			return nil, err
		}
	}
	for _, merge := range merges {
		if err := d.merge(m, merge); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// merge adds the keys of `<<: value` that m does not have itself; in a list
// the first wins.
func (d *decoder) merge(m map[string]any, n *yaml.Node) error {
	v, err := d.value(n)
	if err != nil {
		return err
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, v := range list {
		from, ok := v.(map[string]any)
		if !ok {
			return at(n, "<< wants a map or a list of maps")
		}
		for key, v := range from {
			if _, own := m[key]; !own {
				m[key] = v
			}
		}
	}
	return nil
}

// keyName is the key as JSON writes it.
func keyName(n *yaml.Node) (string, error) {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode {
		return "", at(n, "a map or list cannot be a key")
	}
	v, err := scalar(n)
	if err != nil {
		return "", err
	}
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	}
	return "", at(n, "a key is empty: quote it if it is meant")
}

// lineOf is the line an error of this package's decoding names, else def.
func lineOf(err error, def int) int {
	var e *lineError
	if errors.As(err, &e) {
		return e.line
	}
	return def
}

// isPlain: the scalar is neither quoted nor tagged nor a block.
func isPlain(n *yaml.Node) bool { return n.Style == 0 }

func trimUnderscores(s string) string { return strings.ReplaceAll(s, "_", "") }
