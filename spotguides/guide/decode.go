package guide

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// decoder fills typed descriptors from nodes and reports everything that does
// not fit: unknown fields, wrong types, names given twice.
type decoder struct{ *report }

var durationType = reflect.TypeFor[metav1.Duration]()

// decode fills into, which is settable, from n. A null leaves it as it is.
func (d decoder) decode(n *node, into reflect.Value, path string) {
	if n.kind == nullNode {
		return
	}
	if into.Type() == durationType {
		d.duration(n, into, path)
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		d.decode(n, into.Elem(), path)
	case reflect.Interface:
		into.Set(reflect.ValueOf(n.value()))
	case reflect.Struct:
		d.structure(n, into, path)
	case reflect.Map:
		d.mapping(n, into, path)
	case reflect.Slice:
		d.list(n, into, path)
	default:
		d.scalar(n, into, path, false)
	}
}

func (d decoder) structure(n *node, into reflect.Value, path string) {
	if !d.want(n, mapNode, path) {
		return
	}
	known := structFields(into.Type())
	for _, f := range n.fields {
		sf, ok := known[f.key]
		switch {
		case d.full():
			return
		case !ok:
			d.at(f.place(f.value.file), join(path, f.key), suggest(f.key, sortedKeys(known)), "unknown field")
		case sf.Tag.Get("scalar") == "text":
			if f.value.kind != nullNode {
				d.scalar(f.value, into.FieldByIndex(sf.Index), join(path, f.key), true)
			}
		default:
			d.decode(f.value, into.FieldByIndex(sf.Index), join(path, f.key))
		}
	}
}

// mapping fills a map; the values of a map of strings may be written without
// quotes whatever they look like.
func (d decoder) mapping(n *node, into reflect.Value, path string) {
	if !d.want(n, mapNode, path) {
		return
	}
	t := into.Type()
	into.Set(reflect.MakeMap(t))
	for _, f := range n.fields {
		value := reflect.New(t.Elem()).Elem()
		if t.Elem().Kind() == reflect.String && f.value.kind != nullNode {
			d.scalar(f.value, value, join(path, f.key), true)
		} else {
			d.decode(f.value, value, join(path, f.key))
		}
		into.SetMapIndex(reflect.ValueOf(f.key), value)
	}
}

func (d decoder) list(n *node, into reflect.Value, path string) {
	if !d.want(n, listNode, path) {
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(n.items), len(n.items)))
	first := map[string]*node{}
	for i, item := range n.items {
		at := index(path, i, item)
		d.decode(item, into.Index(i), at)
		if item.kind == nullNode {
			d.at(item, at, "take the line out", "an empty item")
		}
		if name := item.name(); name != "" {
			if before := first[name]; before != nil {
				d.at(item, at, "names must differ", "name %q is given twice, first on line %d", name, before.line)
			}
			first[name] = item
		}
	}
}

// scalar fills a string, bool or number. With text, a string takes a number or
// boolean as it was written.
func (d decoder) scalar(n *node, into reflect.Value, path string, text bool) {
	switch v := n.scalar.(type) {
	case string:
		if into.Kind() == reflect.String {
			into.SetString(v)
			return
		}
	case bool:
		if into.Kind() == reflect.Bool {
			into.SetBool(v)
			return
		}
	case int64:
		if into.CanInt() {
			if into.OverflowInt(v) {
				d.at(n, path, "", "%d is out of range", v)
			} else {
				into.SetInt(v)
			}
			return
		}
		if into.CanFloat() {
			into.SetFloat(float64(v))
			return
		}
	case float64:
		if into.CanFloat() {
			into.SetFloat(v)
			return
		}
	}
	if into.Kind() == reflect.String && text && n.kind == scalarNode {
		into.SetString(n.text)
		return
	}
	d.mismatch(n, into.Type(), path)
}

func (d decoder) mismatch(n *node, t reflect.Type, path string) {
	if n.reported {
		return
	}
	want := map[reflect.Kind]string{reflect.String: "a string", reflect.Bool: "true or false"}[t.Kind()]
	if t.Kind() == reflect.Float64 {
		want = "a number"
	}
	if want == "" {
		want = "a whole number"
	}
	hint := ""
	if t.Kind() == reflect.String && n.kind == scalarNode {
		hint = fmt.Sprintf("write it in quotes: %q", n.text)
	}
	d.at(n, path, hint, "must be %s, but is %s", want, n.what())
}

func (d decoder) duration(n *node, into reflect.Value, path string) {
	const hint = "write a number with its unit, such as 30s, 5m or 1h30m"
	s, ok := n.string()
	if !ok {
		d.at(n, path, hint, "must be a duration, but is %s", n.what())
		return
	}
	data, _ := json.Marshal(s)
	if err := json.Unmarshal(data, into.Addr().Interface()); err != nil {
		d.at(n, path, hint, "%q is no duration", s)
	}
}

func (d decoder) want(n *node, kind nodeKind, path string) bool {
	if n.kind == kind {
		return true
	}
	names := map[nodeKind]string{mapNode: "a map (key: value)", listNode: "a list (- item)"}
	d.at(n, path, "", "must be %s, but is %s", names[kind], n.what())
	return false
}

// structFields are the fields of a descriptor type by their JSON names, those
// of inlined structs included.
func structFields(t reflect.Type) map[string]reflect.StructField {
	fields := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			fields[name] = f
		}
	}
	return fields
}

// elem is the type of what stands below key in a value of type t.
func elem(t reflect.Type, key string) reflect.Type {
	switch t.Kind() {
	case reflect.Pointer:
		return elem(t.Elem(), key)
	case reflect.Map, reflect.Slice:
		return t.Elem()
	case reflect.Struct:
		if f, ok := structFields(t)[key]; ok {
			return f.Type
		}
	}
	return reflect.TypeFor[any]()
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
