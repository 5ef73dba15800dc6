// Package spotguides holds the guides that come with the agent, one folder
// each, and lists them. What a guide is made of is told by package guide.
package spotguides

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

//go:embed */*.yaml all:*/chart
var folders embed.FS

// All loads the guides of this build, sorted by name. An error means that the
// build itself is broken, which this package's test would have shown.
func All() ([]*guide.Guide, error) {
	return Load(folders)
}

// Load loads every folder of tree that holds an application.yaml as a guide,
// sorted by name. What is wrong with any of them is in the error, with the
// folder before the file name; a guide's name is its folder's.
func Load(tree fs.FS) ([]*guide.Guide, error) {
	files, err := fs.Glob(tree, "*/"+guide.ApplicationFile)
	if err != nil {
		return nil, err
	}
	var guides []*guide.Guide
	var problems guide.Problems
	for _, file := range files {
		folder := strings.TrimSuffix(file, "/"+guide.ApplicationFile)
		g, err := load(tree, folder)
		var found guide.Problems
		switch {
		case errors.As(err, &found):
			problems = append(problems, found.In(folder)...)
		case err != nil:
			return nil, fmt.Errorf("guide %s: %w", folder, err)
		default:
			guides = append(guides, g)
		}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	slices.SortFunc(guides, func(a, b *guide.Guide) int { return strings.Compare(a.Name(), b.Name()) })
	return guides, nil
}

func load(tree fs.FS, folder string) (*guide.Guide, error) {
	sub, err := fs.Sub(tree, folder)
	if err != nil {
		return nil, err
	}
	g, err := guide.Load(sub)
	if err == nil && g.Name() != folder {
		return nil, guide.Problems{{File: guide.ApplicationFile, Path: "name",
			Message: fmt.Sprintf("%q is not the name of the folder", g.Name()), Hint: "write name: " + folder}}
	}
	return g, err
}
