// Command deploy writes deploy/kustomize from deploy/chart, so that both ways to
// install are the same objects, comments included.
package main

//go:generate go run . -chart ../../deploy/chart -out ../../deploy/kustomize

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spotguide/spotguide/hack/deploy/chart"
)

const header = "# Code generated from deploy/chart by make generate. DO NOT EDIT.\n"

// release is the name of the base's objects and the prefix of their namespace's.
const release = "spotguide"

// namespace is the template that comes first.
const namespace = "namespace.yaml"

func main() {
	dir := flag.String("chart", "deploy/chart", "`folder` of the chart")
	out := flag.String("out", "deploy/kustomize", "`folder` of the base")
	flag.Parse()
	if err := generate(*dir, *out); err != nil {
		fmt.Fprintln(os.Stderr, "deploy:", err)
		os.Exit(1)
	}
}

// generate replaces the YAML files in out by the base.
func generate(dir, out string) error {
	files, err := base(dir)
	if err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(out, "*.yaml"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(out, f.Name), []byte(f.Content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// base is the chart's default with a namespace of its own, and a kustomization.
func base(dir string) ([]chart.File, error) {
	values := map[string]any{"namespace": map[string]any{"create": true}}
	rendered, err := chart.Render(dir, release, release+"-system", values)
	if err != nil {
		return nil, err
	}
	kustomization := strings.Builder{}
	kustomization.WriteString(header + `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
# Say which image runs in an overlay of yours:
#
#   resources: [https://github.com/spotguide/spotguide//deploy/kustomize?ref=v1.0.0]
#   images: [{name: spotguide, newName: registry.example.com/spotguide, newTag: v1.0.0}]
resources:
`)
	// kubectl keeps this order, and what is in the namespace needs it.
	kustomization.WriteString("- " + namespace + "\n")
	var files []chart.File
	for _, f := range rendered {
		if f.Name == "NOTES.txt" {
			continue
		}
		if f.Name != namespace {
			kustomization.WriteString("- " + f.Name + "\n")
		}
		files = append(files, chart.File{Name: f.Name, Content: header + f.Content})
	}
	return append(files, chart.File{Name: "kustomization.yaml", Content: kustomization.String()}), nil
}
