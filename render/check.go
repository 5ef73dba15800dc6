package render

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Describe names an object: "Kind namespace/name".
func Describe(u *unstructured.Unstructured) string {
	kind, name := u.GetKind(), u.GetName()
	if kind == "" {
		kind = "object"
	}
	if ns := u.GetNamespace(); ns != "" && name != "" {
		name = ns + "/" + name
	}
	if name == "" {
		name = u.GetGenerateName()
	}
	if name == "" {
		return kind
	}
	return kind + " " + name
}

// checkIdentity: an object must say what it is and what it is called.
func checkIdentity(u *unstructured.Unstructured) error {
	for _, key := range []string{"apiVersion", "kind"} {
		if s, ok := u.Object[key].(string); !ok || s == "" {
			return fmt.Errorf("%s is missing", key)
		}
	}
	if _, ok := u.Object["sops"].(map[string]any); ok {
		return errEncrypted
	}
	if meta, ok := u.Object["metadata"]; ok {
		if _, ok := meta.(map[string]any); !ok {
			return errors.New("metadata is no map")
		}
	}
	if err := checkMetadata(u); err != nil {
		return err
	}
	if u.GetName() == "" && u.GetGenerateName() == "" {
		return errors.New("metadata.name is missing")
	}
	return nil
}

// checkMetadata: what everybody reads from metadata must be text.
func checkMetadata(u *unstructured.Unstructured) error {
	for _, key := range []string{"name", "namespace", "generateName"} {
		if _, _, err := unstructured.NestedString(u.Object, "metadata", key); err != nil {
			return fmt.Errorf("metadata.%s is no string: quote it", key)
		}
	}
	for _, key := range []string{"labels", "annotations"} {
		m, found, err := unstructured.NestedFieldNoCopy(u.Object, "metadata", key)
		if err != nil || !found || m == nil {
			continue
		}
		if _, _, err := unstructured.NestedStringMap(u.Object, "metadata", key); err != nil {
			return fmt.Errorf("metadata.%s holds a value that is no string: quote it", key)
		}
	}
	return nil
}

type identity struct{ group, kind, namespace, name string }

// checkSet finds what is wrong with the set as a whole. Objects without a
// namespace count as being in the binding's.
func checkSet(objects []Object, namespace string, limits Limits) error {
	var found problems
	var total int64
	seen := make(map[identity]string, len(objects))
	for _, o := range objects {
		id := identity{o.GroupVersionKind().Group, o.GetKind(), o.GetNamespace(), o.GetName()}
		or(&id.namespace, namespace)
		if first, twice := seen[id]; twice {
			found.add(objectError(o, "is there twice, also in %s: keep one "+
				"(of plain manifests, `render: {exclude: [PATTERN]}` in .spotguide/application.yaml leaves files or folders out)", first))
		}
		seen[id] = o.Origin
		size := weigh(o.Object)
		if size > limits.ObjectBytes {
			found.add(objectError(o, "is larger than %s", bytesText(limits.ObjectBytes)))
		}
		total += size
	}
	if len(objects) > limits.Objects {
		found.add(problem("", 0, "%d objects, more than the %d that one application may have", len(objects), limits.Objects))
	}
	if total > limits.OutputBytes {
		found.add(problem("", 0, "the objects are larger than %s in all", bytesText(limits.OutputBytes)))
	}
	return found.join()
}

// weigh is about how long a value is as JSON.
func weigh(v any) int64 {
	size := int64(4)
	switch v := v.(type) {
	case map[string]any:
		for key, v := range v {
			size += int64(len(key)) + 4 + weigh(v)
		}
	case []any:
		for _, v := range v {
			size += weigh(v)
		}
	case string:
		size += int64(len(v))
	}
	return size
}

func bytesText(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

// objectError blames the place that an object comes from.
func objectError(o Object, format string, args ...any) error {
	e := &Error{File: o.Origin, Object: Describe(o.Unstructured), Err: fmt.Errorf(format, args...)}
	if i := strings.LastIndexByte(o.Origin, ':'); i >= 0 {
		if line, err := strconv.Atoi(o.Origin[i+1:]); err == nil {
			e.File, e.Line = o.Origin[:i], line
		}
	}
	return e
}
