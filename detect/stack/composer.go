package stack

// parseComposer reads composer.json.
func parseComposer(data []byte) (Manifest, error) {
	var c struct {
		Name    string         `json:"name"`
		Type    string         `json:"type"`
		Require map[string]any `json:"require"`
		Scripts map[string]any `json:"scripts"`
	}
	if err := decodeJSON(data, &c); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Name: c.Name, Version: text(c.Require["php"]), Manager: "composer", Library: c.Type == "composer-plugin" || c.Type == "metapackage" || c.Type == "symfony-bundle",
		Dependencies: versions(c.Require, nil)}
	if start := text(c.Scripts["start"]); start != "" {
		m.Scripts = map[string]string{"start": start}
	}
	return m, nil
}
