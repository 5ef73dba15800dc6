package detect

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// tellKinds adds the kinds of objects that plain manifests hold, subfolders
// included, to the facts.
func (d *detector) tellKinds(r *reader, c *candidate) error {
	if c.guide.engine != guide.EngineManifests {
		return nil
	}
	counts, first := map[string]int{}, guide.Evidence{Fact: factKinds}
	err := d.eachManifest(r.folder, func(name string, objects []object) {
		if first.File == "" {
			first.File, first.Line = name, objects[0].line
		}
		for _, o := range objects {
			counts[o.kind]++
		}
	})
	if err != nil || len(counts) == 0 {
		return err
	}
	var texts, kinds []string
	for kind := range counts {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		texts = append(texts, fmt.Sprintf("%d %s", counts[kind], kind))
	}
	c.facts[factKinds] = strings.Join(kinds, ", ")
	first.Text = "objects: " + strings.Join(texts, ", ")
	c.why = append(c.why, first)
	return nil
}

// eachManifest calls found for every file with objects that plain manifests in
// f consist of. Charts and kustomizations below f are not among them.
func (d *detector) eachManifest(f *folder, found func(name string, objects []object)) error {
	r := d.reader(f)
	for _, file := range f.files {
		if ext := path.Ext(file); ext != ".yaml" && ext != ".yml" && ext != ".json" {
			continue
		}
		objects, err := r.objects(file)
		if err != nil {
			return err
		}
		if len(objects) > 0 {
			found(path.Join(f.dir, file), objects)
		}
	}
	for _, sub := range f.subs {
		if sub.own || d.closed(sub) {
			continue
		}
		if err := d.eachManifest(sub, found); err != nil {
			return err
		}
	}
	return nil
}

// onlyDefinitions says whether the folder holds nothing but
// CustomResourceDefinitions, and notes it.
func (d *detector) onlyDefinitions(r *reader) (bool, error) {
	only := true
	err := d.eachManifest(r.folder, func(_ string, objects []object) {
		only = only && !slices.ContainsFunc(objects, func(o object) bool { return o.kind != "CustomResourceDefinition" })
	})
	if only && err == nil {
		d.notice(r.folder.dir, "only CustomResourceDefinitions, which are no application")
	}
	return only, err
}
