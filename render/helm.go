package render

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/ignore"
)

// renderChart renders the folder's own Helm chart.
func renderChart(_ context.Context, j job, in *input) (output, error) {
	values, err := readValues(j, in)
	if err != nil {
		return output{}, err
	}
	c, err := loadChart(in, j.Folder)
	if err != nil {
		return output{}, err
	}
	return template(j, c, values, j.Folder)
}

// loadChart reads a chart as `helm` does from a folder.
func loadChart(in *input, folder string) (*chart.Chart, error) {
	rules, err := helmignore(in, folder)
	if err != nil {
		return nil, err
	}
	var files []*loader.BufferedFile
	ignored := func(name string) bool {
		info, err := in.stat(name)
		return err == nil && rules.Ignore(below(folder, name), info)
	}
	err = in.walk(folder, func(name string) bool { return !ignored(name) }, func(f file) error {
		if ignored(f.name) {
			return nil
		}
		data, err := in.read(f.name)
		if err != nil {
			return err
		}
		data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
		files = append(files, &loader.BufferedFile{Name: f.below, Data: data})
		return nil
	})
	if err != nil {
		return nil, err
	}
	c, err := loader.LoadFiles(files)
	if err != nil {
		return nil, &Error{File: path.Join(folder, "Chart.yaml"), Err: fmt.Errorf("cannot load the chart: %w", err)}
	}
	return c, nil
}

func helmignore(in *input, folder string) (*ignore.Rules, error) {
	rules := ignore.Empty()
	if name := path.Join(folder, ignore.HelmIgnore); in.exists(name) {
		data, err := in.read(name)
		if err != nil {
			return nil, err
		}
		if rules, err = ignore.Parse(bytes.NewReader(data)); err != nil {
			return nil, &Error{File: name, Err: err}
		}
	}
	rules.AddDefaults()
	return rules, nil
}

// template renders a chart whose files are in folder with the given values.
func template(j job, c *chart.Chart, values map[string]any, folder string) (output, error) {
	if err := checkChart(c, folder, j.Kubernetes); err != nil {
		return output{}, err
	}
	if err := resolveDependencies(c, values, folder); err != nil {
		return output{}, err
	}
	top, err := topValues(j, c, values)
	if err != nil {
		return output{}, &Error{File: path.Join(folder, "values.yaml"), Err: err}
	}
	if err := checkSchemas(c, top["Values"].(chartutil.Values), folder); err != nil {
		return output{}, err
	}
	begun := time.Now()
	files, err := execute(c, top, folder)
	if err != nil {
		return output{}, err
	}
	out, err := takeTemplates(c, files, folder)
	if err == nil && time.Since(begun) < recheckWithin {
		noticeRandom(&out, c, top, files, folder)
	}
	return out, err
}

// checkChart refuses what cannot be installed by itself.
func checkChart(c *chart.Chart, folder string, k Kubernetes) error {
	file := path.Join(folder, "Chart.yaml")
	if strings.EqualFold(c.Metadata.Type, "library") {
		return problem(file, 0, "a library chart holds nothing to install: let a chart that uses it be the application")
	}
	if want := c.Metadata.KubeVersion; want != "" && !chartutil.IsCompatibleRange(want, k.version()) {
		return problem(file, 0, "the chart wants Kubernetes %s, this is %s", want, k.version())
	}
	return nil
}

func (k Kubernetes) version() string {
	or(&k.Version, DefaultVersion)
	return k.Version
}

// topValues is what templates see as their root.
func topValues(j job, c *chart.Chart, values map[string]any) (chartutil.Values, error) {
	version, err := chartutil.ParseKubeVersion(j.Kubernetes.version())
	if err != nil {
		return nil, fmt.Errorf("parse Kubernetes version: %w", err)
	}
	capabilities := chartutil.DefaultCapabilities.Copy()
	capabilities.KubeVersion = *version
	capabilities.APIVersions = append(slices.Clone(capabilities.APIVersions), j.Kubernetes.APIVersions...)
	release := chartutil.ReleaseOptions{Name: j.App, Namespace: j.Namespace, Revision: 1, IsInstall: true}
	// The schema is checked by checkSchemas: Helm's own check would dial.
	return chartutil.ToRenderValuesWithSchemaValidation(c, values, release, capabilities, true)
}
