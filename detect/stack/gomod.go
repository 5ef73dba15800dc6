package stack

import (
	"path"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// parseGoMod reads go.mod. Indirect requirements are not the code's own.
func parseGoMod(data []byte) (Manifest, error) {
	f, err := modfile.ParseLax("go.mod", data, nil)
	if err != nil {
		return Manifest{}, err
	}
	var m Manifest
	if f.Module != nil {
		unversioned, _, _ := module.SplitPathVersion(f.Module.Mod.Path)
		m.Name = path.Base(unversioned)
	}
	if f.Go != nil {
		m.Version = f.Go.Version
	}
	for _, r := range f.Require {
		if !r.Indirect {
			m.add(r.Mod.Path, r.Mod.Version)
		}
	}
	return m, nil
}

// parseGoWork reads go.work.
func parseGoWork(data []byte) (Manifest, error) {
	f, err := modfile.ParseWork("go.work", data, nil)
	if err != nil {
		return Manifest{}, err
	}
	m := Manifest{Workspace: true}
	if f.Go != nil {
		m.Version = f.Go.Version
	}
	return m, nil
}
