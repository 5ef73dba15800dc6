package render

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
)

// renderKustomization builds the folder's kustomization from a copy, in
// memory, of the files that it names and no others.
func renderKustomization(_ context.Context, j job, in *input) (output, error) {
	c := newClosure(in, j.Dir)
	root := c.kustomization(reference{file: j.Folder, value: j.Folder}, j.Folder, false)
	if err := c.found.join(); err != nil {
		return output{}, err
	}
	keepOrigins := len(root.kustomization.BuildMetadata) > 0
	if err := c.rewriteRoot(root); err != nil {
		return output{}, err
	}
	// A schema that one repository brings must not be there for the next.
	defer openapi.ResetOpenAPI()
	resources, err := build(c.files, "/"+j.Folder)
	if err != nil {
		return output{}, &Error{File: root.file, Err: err}
	}
	return takeResources(resources, c, j.Folder, keepOrigins)
}

// build runs Kustomize with what it may do turned off except what it must.
func build(files filesys.FileSystem, folder string) (resources resmap.ResMap, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("kustomize cannot build it: %v", r)
		}
	}()
	options := krusty.MakeDefaultOptions()
	options.PluginConfig = types.DisabledPluginConfig()
	// The file system holds the repository's files only: no more is allowed than
	// what the closure found to be inside it.
	options.LoadRestrictions = types.LoadRestrictionsNone
	resources, err = krusty.MakeKustomizer(options).Run(files, path.Clean(folder))
	if err != nil {
		return nil, kustomizeError(err)
	}
	return resources, nil
}

// rewriteRoot asks Kustomize to say where each object comes from.
func (c *closure) rewriteRoot(root loaded) error {
	k := root.kustomization
	k.BuildMetadata = append(k.BuildMetadata[:len(k.BuildMetadata):len(k.BuildMetadata)], types.OriginAnnotations)
	data, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("rewrite %s: %w", root.file, err)
	}
	return c.files.WriteFile("/"+root.file, data)
}

// takeResources makes objects of Kustomize's.
func takeResources(resources resmap.ResMap, c *closure, folder string, keepOrigins bool) (output, error) {
	var out output
	var found problems
	for _, r := range resources.Resources() {
		where, err := c.originOf(r, folder)
		if err != nil {
			return output{}, err
		}
		if !keepOrigins {
			if err := r.SetOrigin(nil); err != nil {
				return output{}, fmt.Errorf("drop origin of %s: %w", r.CurId(), err)
			}
		}
		v, err := newDecoder(0, true).value(r.YNode())
		if err != nil {
			found.add(&Error{File: where, Object: r.CurId().String(), Err: err})
			continue
		}
		u := &unstructured.Unstructured{Object: v.(map[string]any)}
		dropEmptyAnnotations(u, keepOrigins)
		if err := checkIdentity(u); err != nil {
			found.add(&Error{File: where, Object: Describe(u), Err: err})
			continue
		}
		out.objects = append(out.objects, Object{Unstructured: u, Origin: where})
	}
	out.objects = stage(&out)
	return out, found.join()
}

// originOf is the file and line of a resource as it was before any transformer
// renamed it, or the kustomization that generated it.
func (c *closure) originOf(r *resource.Resource, folder string) (string, error) {
	from, err := r.GetOrigin()
	if err != nil {
		return "", fmt.Errorf("read origin of %s: %w", r.CurId(), err)
	}
	switch {
	case from == nil:
		return folder, nil
	case from.Path == "":
		return path.Join(folder, from.ConfiguredIn), nil
	}
	name := path.Join(folder, from.Path)
	return origin(name, c.lineOf(name, r.GetKind(), r.GetName())), nil
}

// lineOf is where the object stands that a prefix or suffix may have renamed
// since; 0 when that is not clear.
func (c *closure) lineOf(file, kind, name string) int {
	var line, same, longest int
	for object, at := range c.lines[file] {
		own, ok := strings.CutPrefix(object, kind+" ")
		if !ok {
			continue
		}
		if same++; strings.Contains(name, own) && len(own) > longest {
			line, longest = at, len(own)
		}
	}
	if line == 0 && same == 1 {
		for object, at := range c.lines[file] {
			if strings.HasPrefix(object, kind+" ") {
				return at
			}
		}
	}
	return line
}

func dropEmptyAnnotations(u *unstructured.Unstructured, keep bool) {
	if m, ok := u.Object["metadata"].(map[string]any); ok && !keep {
		if a, ok := m["annotations"].(map[string]any); ok && len(a) == 0 {
			delete(m, "annotations")
		}
	}
}

// attempts is what Kustomize says of trying a folder as a file first.
var attempts = regexp.MustCompile(`accumulation err='.*?(must resolve to a file|is a directory)'+: `)

// kustomizeError leaves out what helps nobody.
func kustomizeError(err error) error {
	text := attempts.ReplaceAllString(err.Error(), "")
	for _, noise := range []string{"accumulating resources: ", "accumulating components: ", "accumulateDirectory: "} {
		text = strings.ReplaceAll(text, noise, "")
	}
	return fmt.Errorf("kustomize: %s", strings.TrimSpace(text))
}
