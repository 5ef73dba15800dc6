package guide

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// Overlaid lays the descriptors that an application keeps in its .spotguide/
// over the guide that recognised it. Without such a folder it is g itself.
// Problems name files by their path in the tree.
func Overlaid(g *Guide, tree fs.FS, m Match) (*Guide, error) {
	dir := path.Join(m.Dir, OverlayDir)
	switch info, err := fs.Stat(tree, dir); {
	case errors.Is(err, fs.ErrNotExist):
		return g, nil
	case err != nil:
		return nil, fmt.Errorf("application %s: %w", m.App, err)
	case !info.IsDir():
		return nil, Problems{{File: dir, Message: "must be a folder"}}
	}
	folder, err := fs.Sub(tree, dir)
	if err != nil {
		return nil, fmt.Errorf("application %s: %w", m.App, err)
	}
	laid, err := Overlay(g, folder)
	var problems Problems
	if errors.As(err, &problems) {
		return nil, problems.In(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("application %s: %s: %w", m.App, dir, err)
	}
	return laid, nil
}
