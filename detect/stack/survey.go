package stack

import (
	"cmp"
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
	said
	around Around

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

// said is what files of the folder say of any language's program.
type said struct {
	docker dockerfile
	procs  procfile
	cron   crontab
}

// any says whether there is such a file.
func (s said) any() bool { return s.docker.file != "" || s.procs.file != "" || s.cron.single() }

// manifest is one of the folder's.
type manifest struct {
	Manifest
	file string
}

// newSurvey is nil where nothing marks the language.
func newSurvey(t *tables, src *source, l *language, said said, around Around) *survey {
	if !l.marks(src) {
		return nil
	}
	s := &survey{tables: t, source: src, language: l, said: said, around: around}
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
	s.inherit()
	s.chooseFramework()
	if s.framework == nil && s.docker.file != "" {
		s.deepen()
	}
	s.findEntries()
	if l.Kind == guide.KindStatic && s.framework == nil && len(s.entries) == 0 && !slices.ContainsFunc(s.manifests, func(m manifest) bool { return m.Program }) {
		return nil // config.toml may be anybody's
	}
	return s
}

// marks says whether a file is there that may mark the language.
func (l *language) marks(src *source) bool {
	return slices.ContainsFunc(l.Bare, func(file string) bool { return src.known[file] }) ||
		slices.ContainsFunc(l.patterns, func(pattern string) bool { return src.first(pattern) != "" })
}

// newBare is for a folder that only a Dockerfile, a Procfile or a crontab makes
// known.
func newBare(t *tables, src *source, said said, around Around) *survey {
	s := &survey{tables: t, source: src, said: said, language: t.imageLanguage(said.docker), bare: true, around: around,
		marker: cmp.Or(said.docker.file, said.procs.file, said.cron.file)}
	if s.language == nil {
		s.language, _ = t.guess(src.files)
	}
	switch {
	case s.language != nil:
	case said.docker.file != "":
		s.language = &language{Language: languageDocker}
	default:
		s.language = &language{Language: languageShell}
	}
	s.deepen()
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
	s.tellCGO()
	s.tellServices()
	s.tellPorts()
	s.tellKind()
	s.tellSchedule()
	s.tellCommands()
	s.tellHealth()
	s.stack.Dockerfile = s.docker.file
	if s.collects() {
		s.stack.Dockerfile = ""
		s.notice(s.docker.file, "starts nothing and is not used: the folder's files are handed out as they are")
	} else if s.docker.file != "" {
		s.cite("dockerfile", s.docker.file, s.docker.from, "Dockerfile")
	}
}

// describeLibrary tells what there is in a folder where nothing runs.
func (s *survey) describeLibrary() (*guide.Stack, []guide.Evidence) {
	s.stack.Language, s.stack.Kind, s.stack.Protocol = s.language.Language, guide.KindLibrary, guide.ProtocolNone
	s.cite("language", s.marker, 0, "language "+s.stack.Language)
	s.tellFramework()
	s.tellManager()
	s.tellVersion()
	return &s.stack, s.why
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
