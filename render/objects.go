package render

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Object is one object of the set and where it comes from.
type Object struct {
	*unstructured.Unstructured
	// Origin is "file:line", or the path of the template that made it.
	Origin string
}

var errEncrypted = errors.New("it is encrypted with SOPS, which this build does not decrypt: " +
	"take it out of the repository or have another tool apply it")

// fileDecoder reads the objects of one file.
type fileDecoder struct {
	file string
	// lenient lets the last of several equal keys win.
	lenient bool
	// template: the data is what the file rendered to, and its lines are not the
	// file's.
	template bool

	objects []Object
	// lines of the objects by "Kind name".
	lines    map[string]int
	repeated []string
	// foreign counts documents that are no Kubernetes objects.
	foreign  int
	problems problems
}

// decodeFile reads every object of a YAML or JSON stream.
func decodeFile(file string, data []byte) *fileDecoder {
	f := &fileDecoder{file: file}
	f.decode(data)
	return f
}

func (f *fileDecoder) decode(data []byte) {
	split := documents
	if f.template {
		split = looseDocuments
	}
	for doc := range split(data) {
		root, err := parse(doc)
		if err != nil {
			f.fail(doc.line, "", err)
			continue
		}
		if root == nil {
			continue
		}
		d := newDecoder(len(doc.data), f.lenient)
		f.root(d, root, "", "")
		f.repeated = append(f.repeated, d.repeated...)
	}
}

// root takes one object or the items of a list. A list's items without a kind
// and version of their own have those that follow from the list's.
func (f *fileDecoder) root(d *decoder, n *yaml.Node, version, kind string) {
	if n.Kind != yaml.MappingNode {
		if n.Tag != "!!null" {
			f.foreign++
		}
		return
	}
	own := field(n, "kind")
	if items := node(n, "items"); own != nil && items != nil && strings.HasSuffix(own.Value, "List") {
		f.list(d, n, own, items)
		return
	}
	v, err := d.value(n)
	if err != nil {
		f.fail(n.Line, describeNode(n), err)
		return
	}
	f.object(&unstructured.Unstructured{Object: v.(map[string]any)}, n.Line, version, kind)
}

func (f *fileDecoder) list(d *decoder, n, kind, items *yaml.Node) {
	var version, itemKind string
	if v := field(n, "apiVersion"); v != nil {
		version = v.Value
	}
	if kind.Value != "List" {
		itemKind = strings.TrimSuffix(kind.Value, "List")
	}
	switch {
	case items.Kind == yaml.SequenceNode:
		for _, item := range items.Content {
			f.root(d, item, version, itemKind)
		}
	case items.Tag != "!!null":
		f.fail(items.Line, kind.Value, errors.New("items is no list"))
	}
}

func (f *fileDecoder) object(u *unstructured.Unstructured, line int, version, kind string) {
	if kind != "" && u.GetKind() == "" && u.GetAPIVersion() == "" {
		u.SetAPIVersion(version)
		u.SetKind(kind)
	}
	if u.Object["apiVersion"] == nil && u.Object["kind"] == nil {
		f.foreign++
		return
	}
	if err := checkIdentity(u); err != nil {
		f.fail(line, Describe(u), err)
		return
	}
	where := origin(f.file, line)
	if f.template {
		where = f.file
	}
	if f.lines == nil {
		f.lines = map[string]int{}
	}
	f.lines[u.GetKind()+" "+u.GetName()] = line
	f.objects = append(f.objects, Object{Unstructured: u, Origin: where})
}

func (f *fileDecoder) fail(line int, object string, err error) {
	line = lineOf(err, line)
	if f.template {
		err, line = fmt.Errorf("rendered output, line %d: %w", line, err), 0
	}
	f.problems.add(&Error{File: f.file, Line: line, Object: object, Err: err})
}

// node is the value of a key, nil when the map does not have it.
func node(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// field is the value of a key if it is a scalar.
func field(n *yaml.Node, key string) *yaml.Node {
	if v := node(n, key); v != nil && v.Kind == yaml.ScalarNode {
		return v
	}
	return nil
}

// describeNode names an object that could not be decoded.
func describeNode(n *yaml.Node) string {
	kind, name := field(n, "kind"), (*yaml.Node)(nil)
	if meta := node(n, "metadata"); meta != nil && meta.Kind == yaml.MappingNode {
		name = field(meta, "name")
	}
	if kind == nil || name == nil {
		return ""
	}
	return kind.Value + " " + name.Value
}
