package guide

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
)

// node is a value of a descriptor that remembers where it was written. YAML is
// parsed into nodes, overlays are merged as nodes, and nodes are decoded into
// the typed descriptors, so an error can always point at its line.
type node struct {
	kind         nodeKind
	file         string // "" for what comes from the guide below an overlay
	line, column int

	scalar   any    // string, bool, int64 or float64
	text     string // the scalar as written
	reported bool   // the parser has told what is wrong with the scalar
	fields   []field
	items    []*node
}

// field is one entry of a map.
type field struct {
	key          string
	line, column int
	value        *node
}

type nodeKind int

const (
	nullNode nodeKind = iota
	scalarNode
	mapNode
	listNode
)

// field returns the value below key, nil when there is none or n is no map.
func (n *node) field(key string) *node {
	if n == nil {
		return nil
	}
	for _, f := range n.fields {
		if f.key == key {
			return f.value
		}
	}
	return nil
}

// key returns a node that stands where key is written in a map that has it.
func (n *node) key(key string) *node {
	for _, f := range n.fields {
		if f.key == key {
			return f.place(f.value.file)
		}
	}
	return n
}

// name is the string below "name", by which lists are merged.
func (n *node) name() string {
	name, _ := n.field("name").string()
	return name
}

func (n *node) string() (string, bool) {
	if n == nil {
		return "", false
	}
	s, ok := n.scalar.(string)
	return s, ok
}

// place is a node that stands for the field's key.
func (f field) place(file string) *node {
	return &node{file: file, line: f.line, column: f.column}
}

// what names the node's type in an error message.
func (n *node) what() string {
	switch n.kind {
	case nullNode:
		return "null"
	case mapNode:
		return "a map"
	case listNode:
		return "a list"
	}
	switch n.scalar.(type) {
	case bool:
		return fmt.Sprintf("the boolean %s", n.text)
	case int64, float64:
		return fmt.Sprintf("the number %s", n.text)
	}
	return fmt.Sprintf("the string %q", n.text)
}

// value is the node as plain Go values, as encoding/json has them but with
// int64 for whole numbers.
func (n *node) value() any {
	switch n.kind {
	case mapNode:
		m := make(map[string]any, len(n.fields))
		for _, f := range n.fields {
			m[f.key] = f.value.value()
		}
		return m
	case listNode:
		l := make([]any, len(n.items))
		for i, item := range n.items {
			l[i] = item.value()
		}
		return l
	}
	return n.scalar
}

// encode turns a typed descriptor into nodes without a place.
func encode(v any) (*node, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var plain any
	if err := d.Decode(&plain); err != nil {
		return nil, fmt.Errorf("encode %T: %w", v, err)
	}
	return fromPlain(plain), nil
}

func fromPlain(v any) *node {
	switch v := v.(type) {
	case nil:
		return &node{kind: nullNode}
	case map[string]any:
		n := &node{kind: mapNode}
		for _, key := range sortedKeys(v) {
			n.fields = append(n.fields, field{key: key, value: fromPlain(v[key])})
		}
		return n
	case []any:
		n := &node{kind: listNode}
		for _, item := range v {
			n.items = append(n.items, fromPlain(item))
		}
		return n
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return &node{kind: scalarNode, scalar: i, text: v.String()}
		}
		f, _ := v.Float64()
		return &node{kind: scalarNode, scalar: f, text: v.String()}
	}
	return &node{kind: scalarNode, scalar: v, text: fmt.Sprint(v)}
}

// merge lays over upon base and returns the result; neither is modified. Maps
// merge, lists whose items have names match by name (new ones come last), a
// null deletes, and everything else replaces. Free-form values are merged as
// Helm does it: lists replace, and a null is kept, since it deletes a default
// of the chart. t is the Go type that the result will be decoded into.
func merge(base, over *node, t reflect.Type) *node {
	if base == nil || base.kind != over.kind {
		return over
	}
	switch over.kind {
	case mapNode:
		return mergeMaps(base, over, t)
	case listNode:
		if t.Kind() == reflect.Slice && base.named() && over.named() {
			return mergeLists(base, over, t.Elem())
		}
	}
	return over
}

func mergeMaps(base, over *node, t reflect.Type) *node {
	merged, position := *over, map[string]int{}
	merged.fields = slices.Clone(base.fields)
	for i, f := range base.fields {
		position[f.key] = i
	}
	for _, f := range over.fields {
		i, known := position[f.key]
		if !known {
			merged.fields = append(merged.fields, f)
			continue
		}
		below := elem(t, f.key)
		if f.value.kind == nullNode && below.Kind() != reflect.Interface {
			f.value = nil
		} else {
			f.value = merge(merged.fields[i].value, f.value, below)
		}
		merged.fields[i] = f
	}
	merged.fields = slices.DeleteFunc(merged.fields, func(f field) bool { return f.value == nil })
	return &merged
}

func mergeLists(base, over *node, t reflect.Type) *node {
	merged, position := *over, map[string]int{}
	merged.items = slices.Clone(base.items)
	for i, item := range base.items {
		position[item.name()] = i
	}
	for _, item := range over.items {
		if i, known := position[item.name()]; known {
			merged.items[i] = merge(merged.items[i], item, t)
		} else {
			merged.items = append(merged.items, item)
		}
	}
	return &merged
}

// named says that every item has a name, and that there is one.
func (n *node) named() bool {
	for _, item := range n.items {
		if item.name() == "" {
			return false
		}
	}
	return len(n.items) > 0
}
