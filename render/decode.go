package render

import (
	"slices"

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

func newDecoder(size int, lenient bool) *decoder {
	return &decoder{lenient: lenient, aliases: aliasAllowance + aliasFactor*size}
}

func (d *decoder) value(n *yaml.Node) (any, error) {
	if len(d.expanding) > 0 {
		if d.aliases -= nodeWeight + len(n.Value); d.aliases < 0 {
			return nil, at(n, "aliases make this document many times larger than it is: write it out")
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
