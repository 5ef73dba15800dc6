package render

import (
	"path"

	"sigs.k8s.io/yaml"
)

// readValues lays the environment's values over its values files, each over
// those before it. The chart's own come below them.
func readValues(j job, in *input) (map[string]any, error) {
	values := map[string]any{}
	var found problems
	for _, name := range j.Settings.ValuesFiles {
		file := path.Join(j.Dir, name)
		if path.IsAbs(name) || leaves(file) {
			found.add(problem(j.descriptor("environment.yaml"), 0, "valuesFiles: %q leads out of the repository", name))
			continue
		}
		over, err := readValuesFile(in, file)
		if err != nil {
			found.add(err)
			continue
		}
		values = overlay(values, over)
	}
	return overlay(values, j.Settings.Values), found.join()
}

func readValuesFile(in *input, name string) (map[string]any, error) {
	data, err := in.read(name)
	if err != nil {
		return nil, err
	}
	root, err := parse(document{data: data, line: 1})
	if err != nil {
		return nil, &Error{File: name, Line: lineOf(err, 0), Err: err}
	}
	if root != nil && node(root, "sops") != nil {
		return nil, &Error{File: name, Line: node(root, "sops").Line, Err: errEncrypted}
	}
	var values map[string]any
	if err := yaml.Unmarshal(data, &values); err != nil {
		return nil, problem(name, 0, "values must be a map: %w", err)
	}
	return values, nil
}
