package render

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

// maxTemplateErrors is how many failing templates one rendering looks for.
const maxTemplateErrors = 10

// execute renders every template. One that fails is told of and left out, to
// find the others that fail.
func execute(c *chart.Chart, top chartutil.Values, folder string) (map[string]string, error) {
	var found problems
	var silenced []string
	for range maxTemplateErrors {
		files, err := engine.Engine{}.Render(c, top)
		if err == nil {
			return files, found.join()
		}
		failed, name := templateError(c, folder, err)
		if !misses(failed, silenced) {
			found.add(failed)
		}
		if name == "" || !silence(c, name) {
			break
		}
		silenced = append(silenced, name)
	}
	return nil, found.join()
}

// misses: the error is only that a template is gone that was left out before.
func misses(err error, silenced []string) bool {
	return slices.ContainsFunc(silenced, func(name string) bool {
		return strings.Contains(err.Error(), fmt.Sprintf("no template %q", name))
	})
}

// silence keeps what a template defines and nothing else of it.
func silence(c *chart.Chart, name string) bool {
	for _, t := range c.Templates {
		if path.Join(c.ChartFullPath(), t.Name) == name && !strings.HasPrefix(path.Base(name), "_") {
			t.Name = path.Join(path.Dir(t.Name), "_"+path.Base(t.Name))
			return true
		}
	}
	return slices.ContainsFunc(c.Dependencies(), func(d *chart.Chart) bool { return silence(d, name) })
}

// takeTemplates makes objects of the rendered files: crds/ first.
func takeTemplates(c *chart.Chart, files map[string]string, folder string) (output, error) {
	var out output
	var found problems
	for _, crd := range c.CRDObjects() {
		found.add(out.takeRendered(chartPath(c, folder, crd.Filename), crd.File.Data))
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if path.Base(name) == "NOTES.txt" || strings.TrimSpace(files[name]) == "" {
			continue
		}
		found.add(out.takeRendered(chartPath(c, folder, name), []byte(files[name])))
	}
	if len(found) > 0 {
		return output{}, found.join()
	}
	out.objects = stage(&out)
	return out, nil
}

func (o *output) takeRendered(name string, data []byte) error {
	f := &fileDecoder{file: name, lenient: true, template: true}
	f.decode(data)
	if len(f.repeated) > 0 {
		o.notice("%s: key %s is given twice in one map, the last one counts", name, strings.Join(f.repeated, ", "))
	}
	if f.foreign > 0 {
		f.problems.add(problem(name, 0, "renders to something that is no Kubernetes object"))
	}
	o.objects = append(o.objects, f.objects...)
	return f.problems.join()
}

// chartPath is where a file that Helm names by charts stands in the tree.
func chartPath(c *chart.Chart, folder, name string) string {
	return path.Join(folder, strings.TrimPrefix(name, c.Name()+"/"))
}
