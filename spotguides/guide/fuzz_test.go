package guide_test

import (
	"errors"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Whatever a repository holds, Load gives a guide or problems that can be
// shown. A guide that loads can be laid over and asked for every environment,
// and an overlay that says nothing changes nothing.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive := map[string][]byte{}
		for _, member := range parseArchive(f, file).Files {
			archive[filepath.Base(member.Name)] = member.Data
		}
		f.Add(archive["application.yaml"], archive["environment.yaml"], archive["sla.yaml"], archive["monitor.yaml"])
	}
	f.Fuzz(func(t *testing.T, application, environment, sla, monitor []byte) {
		tree := fstest.MapFS{
			"application.yaml": {Data: application},
			"environment.yaml": {Data: environment},
			"sla.yaml":         {Data: sla},
			"monitor.yaml":     {Data: monitor},
		}
		g, err := guide.Load(tree)
		if err != nil {
			var problems guide.Problems
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Fatalf("no problems but %v", err)
			}
			return
		}
		same, err := guide.Overlay(g, fstest.MapFS{})
		if err != nil {
			t.Fatalf("empty overlay: %v", err)
		}
		if diff := cmp.Diff(show(t, g), show(t, same)); diff != "" {
			t.Fatalf("an empty overlay changed the guide: %s", diff)
		}
		for name := range g.Environment.Environments {
			if _, err := g.Environment.For(name); err != nil {
				t.Fatalf("environment %s: %v", name, err)
			}
		}
	})
}
