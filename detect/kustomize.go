package detect

import (
	"fmt"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
)

const chartFile = "Chart.yaml"

var kustomizationFiles = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// kustomization is what a kustomization refers to.
type kustomization struct {
	Resources  []string `yaml:"resources"`
	Bases      []string `yaml:"bases"`
	Components []string `yaml:"components"`
}

// findParts notes every folder that a kustomization of the tree refers to.
func (d *detector) findParts(f *folder) error {
	if _, chart := f.has(chartFile); chart {
		return nil
	}
	refs, err := d.references(f)
	if err != nil {
		return err
	}
	for _, dir := range refs {
		if _, known := d.parts[dir]; !known && dir != f.dir {
			d.parts[dir] = f.dir
		}
	}
	for _, sub := range f.subs {
		if err := d.findParts(sub); err != nil {
			return err
		}
	}
	return nil
}

// references lists the folders that the folder's kustomization refers to, and
// those of the files that it refers to. A kustomization that cannot be parsed
// refers to nothing; rendering tells what is wrong with it.
func (d *detector) references(f *folder) ([]string, error) {
	name, ok := f.has(kustomizationFiles...)
	if !ok {
		return nil, nil
	}
	data, err := d.read(path.Join(f.dir, name))
	if err != nil {
		return nil, err
	}
	var k kustomization
	if yaml.Unmarshal(data, &k) != nil {
		return nil, nil //nolint:nilerr // rendering tells what is wrong with it
	}
	var dirs []string
	for _, list := range [][]string{k.Resources, k.Bases, k.Components} {
		for _, ref := range list {
			if ref == "" || strings.Contains(ref, "://") || path.IsAbs(ref) {
				continue
			}
			dir := path.Join(f.dir, ref)
			if ext := path.Ext(ref); ext == ".yaml" || ext == ".yml" || ext == ".json" {
				dir = path.Dir(dir)
			}
			dirs = append(dirs, dir)
		}
	}
	return dirs, nil
}

// outward says whether the folder's kustomization refers to what lies outside
// of it.
func (d *detector) outward(f *folder) (bool, error) {
	refs, err := d.references(f)
	for _, dir := range refs {
		if !within(dir, f.dir) {
			return true, err
		}
	}
	return false, err
}

// within says whether dir is parent or lies below it.
func within(dir, parent string) bool {
	return parent == "." && !strings.HasPrefix(dir, "..") || dir == parent || strings.HasPrefix(dir, parent+"/")
}

// tellPart tells of a part that might be taken for an application.
func (d *detector) tellPart(f *folder, whole string) {
	for dir := f.dir; dir != "."; dir = path.Dir(dir) {
		switch path.Base(dir) {
		case "base", "bases", "component", "components", "common", "shared":
			return
		}
	}
	d.notice(f.dir, "is part of %s, and no application of its own", whole)
}

// tellNone tells of a folder that is no application.
func (d *detector) tellNone(r *reader, own own, holder *candidate) error {
	f := r.folder
	switch {
	case own.present:
		return fmt.Errorf("%s: does not tell which guide it is for, and nothing in the folder does; write guide: NAME, or the image of a component",
			path.Join(f.dir, ownFile))
	case f.own:
		d.notice(f.dir, "its .spotguide is used by no application")
	}
	if _, chart := f.has(chartFile); chart {
		d.notice(f.dir, "is a library chart or no chart at all, and not deployed")
		return nil
	}
	if holder == nil {
		d.tellForeign(f)
	}
	return nil
}

// tellForeign tells of ways to deploy that no guide knows.
func (d *detector) tellForeign(f *folder) {
	for _, file := range f.files {
		if path.Ext(file) == ".jsonnet" {
			d.notice(path.Join(f.dir, file), "jsonnet is not rendered")
			return
		}
	}
}
