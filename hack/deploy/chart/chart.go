// Package chart renders deploy/chart the way `helm template` does.
package chart

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

// File is what one template of the chart renders to.
type File struct {
	Name    string // of the template, without its folder
	Content string
}

// Render renders the chart in dir for a release, checked by the chart's schema.
// Templates that render to nothing are left out; the others come by name.
func Render(dir, release, namespace string, values map[string]any) ([]File, error) {
	loaded, err := loader.Load(dir)
	if err != nil {
		return nil, fmt.Errorf("load chart %s: %w", dir, err)
	}
	options := chartutil.ReleaseOptions{Name: release, Namespace: namespace, IsInstall: true, Revision: 1}
	all, err := chartutil.ToRenderValues(loaded, values, options, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, fmt.Errorf("values of chart %s: %w", dir, err)
	}
	rendered, err := engine.Render(loaded, all)
	if err != nil {
		return nil, fmt.Errorf("render chart %s: %w", dir, err)
	}
	var files []File
	for _, template := range slices.Sorted(maps.Keys(rendered)) {
		content := strings.TrimSpace(rendered[template])
		if content != "" && !strings.HasPrefix(path.Base(template), "_") {
			files = append(files, File{Name: path.Base(template), Content: content + "\n"})
		}
	}
	return files, nil
}
