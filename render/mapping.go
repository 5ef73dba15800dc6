package render

import (
	"strconv"

	"go.yaml.in/yaml/v3"
)

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
	if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle != 0 { // {{name}} is a map within a map
		return "", at(n, "{{...}} is for a template engine, not YAML: fill it in, or quote it if it is meant")
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
