package render

import (
	"errors"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/types"
)

// follow copies all that a kustomization names, in every one of its fields.
func (c *closure) follow(l loaded) {
	k := l.kustomization
	for _, r := range k.Resources {
		c.resource(l, "resources", r)
	}
	for _, name := range k.Components {
		c.folder(l, "components", name)
	}
	c.all(l, "crds", k.Crds)
	c.all(l, "configurations", k.Configurations)
	if name, ok := k.OpenAPI["path"]; ok {
		c.all(l, "openapi.path", []string{name})
	}
	c.patches(l)
	for _, g := range k.ConfigMapGenerator {
		c.sources(l, "configMapGenerator", g.KvPairSources)
	}
	for _, g := range k.SecretGenerator {
		c.sources(l, "secretGenerator", g.KvPairSources)
	}
	for _, r := range k.Replacements {
		c.optional(l, "replacements.path", r.Path)
	}
	c.plugins(l, "generators", k.Generators)
	c.plugins(l, "transformers", k.Transformers)
	c.plugins(l, "validators", k.Validators)
	if len(k.HelmCharts) > 0 || k.HelmGlobals != nil {
		line := 0
		for _, field := range []string{"helmCharts", "helmChartInflationGenerator", "helmGlobals"} {
			line = max(line, lineOfValue(l.root, field))
		}
		c.refuse(reference{file: l.file, line: line}, "helmCharts are not built here: "+
			"let a folder with the chart itself be an application, or commit what it renders to")
	}
}

func (c *closure) patches(l loaded) {
	k := l.kustomization
	for _, p := range k.PatchesStrategicMerge {
		if !isMapping(string(p)) || isRemote(string(p)) {
			c.all(l, "patchesStrategicMerge", []string{string(p)})
		}
	}
	for _, p := range k.PatchesJson6902 {
		c.optional(l, "patchesJson6902.path", p.Path)
	}
	for _, p := range k.Patches {
		c.optional(l, "patches.path", p.Path)
	}
}

func (c *closure) all(l loaded, field string, names []string) {
	for _, name := range names {
		c.file(l.at(field, name), l.dir)
	}
}

func (c *closure) optional(l loaded, field, name string) {
	if name != "" {
		c.all(l, field, []string{name})
	}
}

// resource is a file with objects or a folder with a kustomization.
func (c *closure) resource(l loaded, field, value string) {
	r := l.at(field, value)
	name, ok := c.resolve(r, l.dir)
	if !ok {
		return
	}
	if c.in.isDir(name) {
		c.kustomization(r, name, false)
		return
	}
	data, name, ok := c.copy(r, name)
	if !ok {
		return
	}
	f := &fileDecoder{file: name, lenient: true}
	f.decode(data)
	c.found = append(c.found, f.problems...)
	c.lines[name] = f.lines
}

// folder is one with a kustomization.
func (c *closure) folder(l loaded, field, value string) {
	r := l.at(field, value)
	name, ok := c.resolve(r, l.dir)
	if !ok {
		return
	}
	if !c.in.isDir(name) {
		c.refuse(r, "is no folder")
		return
	}
	c.kustomization(r, name, true)
}

// sources are the files of a ConfigMap or Secret generator: "path" or
// "key=path".
func (c *closure) sources(l loaded, field string, s types.KvPairSources) {
	for _, source := range s.FileSources {
		r := l.at(field+".files", source)
		if _, name, ok := strings.Cut(source, "="); ok {
			r.value = name
		}
		c.source(r, l.dir)
	}
	for _, name := range append(s.EnvSources, s.EnvSource) {
		if name != "" {
			c.source(l.at(field+".envs", name), l.dir)
		}
	}
}

func (c *closure) source(r reference, dir string) {
	data, name, ok := c.file(r, dir)
	if ok && isEncrypted(data) {
		c.found.add(&Error{File: name, Err: errEncrypted})
	}
}

// encrypted is what SOPS leaves in YAML, JSON, dotenv and INI files.
var encrypted = regexp.MustCompile(`(?m)^(sops:|\s*"sops": ?\{|sops_mac=|\[sops\])`)

func isEncrypted(data []byte) bool { return encrypted.Match(data) }

// username is how scp-like addresses begin.
var username = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9-]*@[^/]*[:/]`)

// isRemote is true of everything that Kustomize could take for an address.
func isRemote(value string) bool {
	s := strings.ToLower(value)
	s = strings.TrimPrefix(s, "git::")
	for _, prefix := range []string{"http:", "https:", "github.com/", "github.com:"} {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return strings.Contains(s, "://") && !isMapping(value) || username.MatchString(s)
}

// isMapping: the text itself is a YAML map, not the path of a file with one.
func isMapping(text string) bool {
	root, err := parse(document{data: []byte(text), line: 1})
	return err == nil && root != nil && root.Kind == yaml.MappingNode
}

var errForeignPlugin = errors.New("only Kustomize's built-in plugins (apiVersion: builtin) are run here")
