package render

import (
	"errors"
	"path"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
)

// resolveDependencies switches dependencies on and off as the values say and
// refuses to go on without one that is on.
func resolveDependencies(c *chart.Chart, values map[string]any, folder string) error {
	var missing problems
	findMissing(c, folder, func(owner *chart.Chart, d *chart.Dependency, err error) {
		// Helm drops the dependencies that are off from this list, in place.
		missing = append(missing, &missingDependency{owner: owner, dependency: d, error: err})
	})
	if err := chartutil.ProcessDependenciesWithMerge(c, values); err != nil {
		return &Error{File: path.Join(folder, "Chart.yaml"), Err: err}
	}
	var found problems
	for _, err := range missing {
		var m *missingDependency
		if errors.As(err, &m) && m.isOn() {
			found.add(m.error)
		}
	}
	return found.join()
}

type missingDependency struct {
	owner      *chart.Chart
	dependency *chart.Dependency
	error
}

func (m *missingDependency) isOn() bool {
	for _, d := range m.owner.Metadata.Dependencies {
		if d == m.dependency {
			return true
		}
	}
	return false
}

// findMissing reports every dependency of a chart and of those below it that
// charts/ does not hold.
func findMissing(c *chart.Chart, folder string, report func(*chart.Chart, *chart.Dependency, error)) {
	for _, d := range c.Metadata.Dependencies {
		if d == nil || isVendored(c, d) {
			continue
		}
		report(c, d, problem(path.Join(folder, "Chart.yaml"), 0,
			"dependency %s %s is not in charts/: run `helm dependency build %s` and commit charts/",
			d.Name, d.Version, folder))
	}
	for _, sub := range c.Dependencies() {
		findMissing(sub, path.Join(folder, "charts", sub.Name()), report)
	}
}

func isVendored(c *chart.Chart, d *chart.Dependency) bool {
	for _, sub := range c.Dependencies() {
		if sub.Name() == d.Name && chartutil.IsCompatibleRange(d.Version, sub.Metadata.Version) {
			return true
		}
	}
	return false
}
