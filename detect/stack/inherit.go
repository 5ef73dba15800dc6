package stack

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// inherit adds what the folder's manifests take from elsewhere: names of a
// version catalogue, and what the workspace's manifest gives to its packages.
func (s *survey) inherit() {
	if s.language.Language == "java" || s.language.Language == "kotlin" {
		s.resolveAliases()
	}
	for _, own := range slices.Clone(s.manifests) {
		above, ok := s.above(own.file)
		if !ok {
			continue
		}
		given := Manifest{Version: above.Version}
		if strings.HasPrefix(own.file, "pom") || above.Workspace && strings.HasPrefix(own.file, "build.gradle") {
			given.Dependencies = above.Dependencies
		}
		for _, d := range above.Shared {
			crate, _, _ := strings.Cut(d.Name, ":")
			if slices.ContainsFunc(own.Dependencies, func(one Dependency) bool { return one.Name == crate }) {
				given.Dependencies = append(given.Dependencies, d)
			}
		}
		s.manifests = append(s.manifests, manifest{given, above.file})
	}
}

// above is the manifest of the workspace that gives to the folder's own.
func (s *survey) above(file string) (manifest, bool) {
	if s.around.Read == nil {
		return manifest{}, false
	}
	for _, name := range []string{file, strings.TrimSuffix(file, ".kts"), file + ".kts"} {
		parser, known := s.language.Manifests[name]
		if !known || !slices.Contains(s.around.Files, name) {
			continue
		}
		data := s.aboveData(name)
		m, err := parsers(parser)(data)
		name, relative := filepath.Rel(filepath.FromSlash(s.folder.Dir()), filepath.FromSlash(path.Join(s.around.Dir, name)))
		if err != nil || relative != nil {
			return manifest{}, false
		}
		s.data[filepath.ToSlash(name)] = data
		return manifest{m, filepath.ToSlash(name)}, true
	}
	return manifest{}, false
}

// aboveData is the content of a file of the workspace's folder.
func (s *survey) aboveData(name string) []byte {
	data, err := s.around.Read(name)
	if err != nil && s.err == nil {
		s.err = err
	}
	return data
}

const catalogue = "gradle/libs.versions.toml"

// resolveAliases puts what a version catalogue means in the place of its names.
func (s *survey) resolveAliases() {
	var aliases map[string][]string
	for _, m := range s.manifests {
		if m.Aliases != nil {
			aliases = m.Aliases
		}
	}
	if aliases == nil && s.around.Read != nil {
		m, _ := parseCatalogue(s.aboveData(catalogue))
		aliases = m.Aliases
	}
	for i := range s.manifests {
		m := &s.manifests[i]
		for _, d := range slices.Clone(m.Dependencies) {
			alias, ok := strings.CutPrefix(d.Name, "libs:")
			if !ok {
				continue
			}
			for _, name := range aliases[aliasKey(alias)] {
				m.add(name, "")
				m.Program = m.Program || isGradlePackager(name)
			}
		}
		m.Library = m.Library && !m.Program
	}
}

// aliasKey is how builds write a name of a catalogue.
func aliasKey(alias string) string {
	return strings.ToLower(strings.NewReplacer("-", ".", "_", ".").Replace(alias))
}

// Bounds of the look for the manifests of what a Dockerfile builds.
const (
	maxDeep  = 4  // folders
	maxBelow = 12 // manifests
	maxAlike = 3  // manifests, of which the Dockerfile mentions none
)

// deepen adds the manifests below, where a Dockerfile builds one of several
// projects: those that it mentions, or all where there are few.
func (s *survey) deepen() {
	var mentioned, others []string
	text := string(s.code(s.docker.file)) + s.procs.command()
	for _, file := range s.files {
		if strings.Count(file, "/") > maxDeep || isTest(file) || !strings.Contains(file, "/") || s.parserOf(path.Base(file)) == "" {
			continue
		}
		stem := strings.TrimSuffix(path.Base(file), path.Ext(file))
		switch {
		case s.parserOf(path.Base(file)) == "empty":
		case strings.Contains(text, path.Dir(file)+"/") || len(stem) > 3 && strings.Contains(text, stem+".dll"):
			mentioned = append(mentioned, file)
		default:
			others = append(others, file)
		}
	}
	if len(mentioned) == 0 && len(others) <= maxAlike {
		mentioned = others
	}
	for _, file := range mentioned[:min(len(mentioned), maxBelow)] {
		s.parse(file, s.parserOf(path.Base(file)))
	}
	if len(mentioned) > 0 {
		s.uses = nil
		s.chooseFramework()
	}
}

// parserOf is the parser of the language's manifests of that name.
func (s *survey) parserOf(base string) string {
	for _, pattern := range s.language.patterns {
		if glob(pattern, base) {
			return s.language.Manifests[pattern]
		}
	}
	return ""
}
