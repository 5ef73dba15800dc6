package render

import (
	"go.yaml.in/yaml/v3"
	sigsyaml "sigs.k8s.io/yaml"

	"sigs.k8s.io/kustomize/api/types"
)

// pluginFiles are the fields of all built-in plugins' configurations that
// name files.
type pluginFiles struct {
	Path           string   `json:"path"`
	Paths          []string `json:"paths"`
	TargetFilePath string   `json:"targetFilePath"`
	types.KvPairSources
	Replacements []types.ReplacementField `json:"replacements"`
}

// plugins checks the configurations of generators, transformers or
// validators: inline ones and files. A folder is refused: what its
// kustomization would build is only known to Kustomize.
func (c *closure) plugins(l loaded, field string, entries []string) {
	for _, entry := range entries {
		r := l.at(field, entry)
		if isMapping(entry) && !isRemote(entry) {
			c.pluginConfigs(l, r, []byte(entry))
			continue
		}
		if data, name, ok := c.file(r, l.dir); ok {
			c.pluginConfigs(l, reference{file: name, field: field, value: entry}, data)
		}
	}
}

func (c *closure) pluginConfigs(l loaded, r reference, data []byte) {
	for doc := range documents(data) {
		root, err := parse(doc)
		if err != nil {
			c.found.add(&Error{File: r.file, Line: lineOf(err, r.line), Err: err})
			continue
		}
		if root == nil {
			continue
		}
		if c.isBuiltin(root) {
			c.pluginConfig(l.blaming(r, root), r.field, doc.data)
			continue
		}
		line := r.line
		if line == 0 {
			line = root.Line
		}
		c.found.add(&Error{File: r.file, Line: line, Object: describeNode(root), Err: errForeignPlugin})
	}
}

// isBuiltin: the document configures a plugin that reads files at most.
func (c *closure) isBuiltin(root *yaml.Node) bool {
	version, kind := field(root, "apiVersion"), field(root, "kind")
	return version != nil && version.Value == "builtin" &&
		kind != nil && kind.Value != "HelmChartInflationGenerator"
}

// pluginConfig copies the files that one configuration names. They are relative
// to the kustomization, wherever the configuration stands.
func (c *closure) pluginConfig(l loaded, field string, data []byte) {
	var files pluginFiles
	if err := sigsyaml.Unmarshal(data, &files); err != nil {
		c.found.add(problem(l.file, l.line, "%s: %s", field, err))
		return
	}
	c.optional(l, field+".path", files.Path)
	c.optional(l, field+".targetFilePath", files.TargetFilePath)
	for _, name := range files.Paths {
		if !isMapping(name) || isRemote(name) {
			c.all(l, field+".paths", []string{name})
		}
	}
	for _, replacement := range files.Replacements {
		c.optional(l, field+".replacements.path", replacement.Path)
	}
	c.sources(l, field, files.KvPairSources)
}

// blaming is the kustomization, with problems told of the place where a
// plugin's configuration stands.
func (l loaded) blaming(r reference, root *yaml.Node) loaded {
	l.file, l.line, l.root = r.file, r.line, root
	return l
}
