package stack

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// survey looks at a folder as one of a language.
type survey struct {
	*tables
	*source
	language *language
	docker   dockerfile
	procs    procfile
	around   Around

	manifests []manifest
	marker    string // the file that marked the language
	complete  bool   // all that the language requires is there
	workspace bool
	weak      bool
	bare      bool // no file but a Dockerfile or a Procfile marks anything

	framework *framework
	uses      []used // of the manifests; see dependencies
	entries   []string
	near, far []string // files of code; far is listed when it is asked for
	manager   manager
	stack     guide.Stack
	why       []guide.Evidence
	reason    guide.Evidence // why it runs
}

// manifest is one of the folder's.
type manifest struct {
	Manifest
	file string
}

// newSurvey is nil where nothing marks the language.
func newSurvey(t *tables, src *source, l *language, docker dockerfile, procs procfile, around Around) *survey {
	s := &survey{tables: t, source: src, language: l, docker: docker, procs: procs, around: around}
	for _, pattern := range l.patterns {
		for _, file := range src.glob(pattern) {
			s.parse(file, l.Manifests[pattern])
		}
	}
	for _, file := range l.Bare {
		if s.marker == "" && src.known[file] && (l.Mark.Regexp == nil || l.Mark.Match(src.code(file))) {
			s.marker = file
		}
	}
	if s.marker == "" {
		return nil
	}
	s.workspace = s.workspace || src.first(l.Workspaces...) != ""
	s.complete = len(l.Requires) == 0 || src.first(l.Requires...) != ""
	s.chooseFramework()
	s.findEntries()
	return s
}

// newBare is for a folder that only a Dockerfile or a Procfile makes known.
func newBare(t *tables, src *source, docker dockerfile, procs procfile, around Around) *survey {
	s := &survey{tables: t, source: src, docker: docker, procs: procs, language: t.imageLanguage(docker), marker: docker.file, bare: true, around: around}
	if s.language == nil {
		s.language = &language{Language: languageDocker}
	}
	if docker.file == "" {
		s.language, s.marker = &language{Language: languageShell}, procs.file
	}
	s.findEntries()
	return s
}

const (
	languageDocker = "docker"
	languageShell  = "shell"
)

func (s *survey) parse(file, parser string) {
	data := s.read(file)
	m, err := parsers(parser)(data)
	if err != nil {
		s.notice(file, fmt.Sprintf("cannot be used: %s", strings.TrimPrefix(err.Error(), "toml: ")))
		m = Manifest{Program: true}
	}
	if s.marker == "" {
		s.marker = file
	}
	s.workspace = s.workspace || m.Workspace
	s.manifests = append(s.manifests, manifest{m, file})
}

// runs says whether there is something to run, and notes why.
func (s *survey) runs() bool {
	switch file, line := s.startScript(); {
	case s.procs.file != "":
		return s.because(s.procs.file, 1, "Procfile")
	case s.docker.file != "":
		return s.because(s.docker.file, s.docker.from, "Dockerfile")
	case line != "" && !s.Code.Tools.MatchString(line):
		s.weak = len(s.entries) == 0
		return s.because(file, word(s.read(file), "start"), "start script "+line)
	case s.library():
		return false
	case s.framework != nil && s.framework.Alone:
		s.weak = len(s.entries) == 0
		return s.because(s.marker, 0, "framework "+s.framework.Name)
	}
	for _, m := range s.manifests {
		if m.Program {
			return s.because(m.file, 0, "says that it is a program")
		}
	}
	switch {
	case len(s.entries) > 0:
		return s.because(s.entries[0], 0, "a program begins here")
	case s.framework != nil && s.framework.Kind == "" && !s.around.Member && !s.language.Strict && len(s.wide()) > 0:
		return s.because(s.marker, 0, "framework "+s.framework.Name+", and code that uses it")
	}
	return false
}

func (s *survey) because(file string, line int, text string) bool {
	s.reason = guide.Evidence{Fact: "guide", File: s.path(file), Line: line, Text: text}
	return true
}

// startScript is the script that starts the program, and the file it stands in.
func (s *survey) startScript() (file, line string) {
	for _, m := range s.manifests {
		for _, name := range []string{"start", "start:prod", "serve:prod"} {
			if line := m.Scripts[name]; line != "" {
				return m.file, line
			}
		}
	}
	return "", ""
}

// describe fills the stack, field by field.
func (s *survey) describe() {
	if s.reason.File == "" && !s.runs() {
		s.because(s.marker, 0, s.language.Language)
	}
	s.why = append(s.why, s.reason)
	s.stack.Language = s.language.Language
	s.cite("language", s.marker, 0, "language "+s.stack.Language)
	s.tellFramework()
	if !s.bare {
		s.tellManager()
	}
	s.tellVersion()
	s.tellServices()
	s.tellPorts()
	s.tellKind()
	s.tellCommands()
	s.tellHealth()
	s.stack.Dockerfile = s.docker.file
	if s.docker.file != "" {
		s.cite("dockerfile", s.docker.file, s.docker.from, "Dockerfile")
	}
}

// cite adds evidence.
func (s *survey) cite(fact, file string, line int, text string) {
	s.why = append(s.why, guide.Evidence{Fact: fact, File: s.path(file), Line: line, Text: text})
}

// name is that of the manifest, else the folder's.
func (s *survey) name() string {
	for _, m := range s.manifests {
		if m.Name != "" {
			return path.Base(m.Name)
		}
	}
	for _, m := range s.manifests {
		if ext := path.Ext(m.file); ext == ".csproj" || ext == ".fsproj" || ext == ".cabal" || ext == ".nimble" {
			return strings.TrimSuffix(m.file, ext)
		}
	}
	if base := path.Base(s.folder.Dir()); base != "." {
		return base
	}
	return "app"
}

// library says whether a manifest says that nothing in it is run.
func (s *survey) library() bool {
	return slices.ContainsFunc(s.manifests, func(m manifest) bool { return m.Library })
}
