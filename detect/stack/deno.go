package stack

import "strings"

// parseDeno reads deno.json. Imports are dependencies by their specifier and by
// the address or package that they stand for.
func parseDeno(data []byte) (Manifest, error) {
	var d struct {
		Name      string         `json:"name"`
		Exports   any            `json:"exports"`
		Tasks     map[string]any `json:"tasks"`
		Imports   map[string]any `json:"imports"`
		Workspace any            `json:"workspace"`
	}
	if err := decodeJSON(data, &d); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Name: d.Name, Scripts: texts(d.Tasks), Workspace: d.Workspace != nil}
	for _, i := range versions(d.Imports, nil) {
		m.add(i.Name, i.Version)
		target := i.Version
		for _, scheme := range []string{"npm:", "jsr:"} {
			target = strings.TrimPrefix(target, scheme)
		}
		if at := strings.LastIndex(target, "@"); at > 0 && !strings.Contains(target, "://") {
			target = target[:at]
		}
		m.add(strings.TrimPrefix(target, "/"), "")
	}
	return m, nil
}
