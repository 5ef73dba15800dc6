package stack

import (
	"cmp"
	"path"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// tellCommands fills install, build, start and migrate.
func (s *survey) tellCommands() {
	if s.bare {
		s.tellStart()
		return
	}
	s.set(&s.stack.Install, "install", s.expand(s.manager.Install), s.marker, 0)
	s.tellBuild()
	s.tellStart()
	var migrate string
	if s.framework != nil {
		migrate = s.expand(s.framework.Migrate)
	}
	if s.procs.release != "" {
		s.set(&s.stack.Migrate, "migrate", s.procs.release, s.procs.file, s.procs.releaseLine)
		return
	}
	if d := s.dependency([]string{"@prisma/client", "prisma"}); d != nil && migrate == "" {
		s.set(&s.stack.Migrate, "migrate", s.manager.Exec+"prisma migrate deploy", d.file, s.lineOfName(d.file, d.Name))
		return
	}
	if d := s.dependency([]string{"alembic", "flask-migrate"}); d != nil && migrate == "" && s.known["alembic.ini"] {
		migrate = s.manager.Exec + "alembic upgrade head"
	}
	if d := s.dependency(s.Code.Databases); d != nil || s.framework != nil && s.framework.Name == "laravel" {
		s.set(&s.stack.Migrate, "migrate", migrate, s.marker, 0)
	}
}

// set notes a command that there is.
func (s *survey) set(field *string, fact, command, file string, line int) {
	if command == "" {
		return
	}
	*field = command
	s.cite(fact, file, line, fact+": "+command)
}

func (s *survey) tellBuild() {
	for _, m := range s.manifests {
		if script := m.Scripts["build"]; script != "" {
			s.set(&s.stack.Build, "build", s.script("build"), m.file, word(s.read(m.file), "build"))
			s.tellOutput()
			return
		}
	}
	build := cmp.Or(s.manager.Build, s.language.Build)
	if s.framework != nil && s.framework.Build != "" {
		build = s.manager.Exec + strings.TrimPrefix(s.framework.Build, s.manager.Exec)
	}
	s.set(&s.stack.Build, "build", s.expand(build), s.marker, 0)
	s.tellOutput()
}

func (s *survey) script(name string) string {
	if s.language.Language == "deno" {
		return "deno task " + name
	}
	if s.language.Language == "php" {
		return "composer run-script " + name
	}
	return cmp.Or(s.manager.Run, "npm run") + " " + name
}

// tellOutput is the folder of static files.
func (s *survey) tellOutput() {
	if s.stack.Kind != guide.KindStatic {
		return
	}
	for _, m := range s.manifests {
		if m.Output != "" {
			s.setOutput(m.Output, m.file, word(s.read(m.file), m.Output))
			return
		}
	}
	for _, o := range s.Code.Outputs {
		for _, file := range s.glob(o.File) {
			data := s.code(file)
			if at := o.Line.FindSubmatchIndex(data); at != nil {
				s.setOutput(strings.TrimPrefix(string(data[at[2]:at[3]]), "./"), file, lineOf(data, at[2]))
				return
			}
		}
	}
	switch {
	case s.framework != nil && s.framework.Output != "":
		s.setOutput(s.expand(s.framework.Output), s.marker, 0)
	case len(s.entries) > 0:
		s.setOutput(path.Dir(s.entries[0]), s.entries[0], 0)
	}
}

func (s *survey) setOutput(dir, file string, line int) {
	s.stack.Output = dir
	s.cite("output", file, line, "static files in "+dir)
}

// tellStart takes the first that says how it is started.
func (s *survey) tellStart() {
	file, line := s.startScript()
	main, from := s.main()
	switch {
	case s.procs.command() != "":
		s.set(&s.stack.Start, "start", s.procs.command(), s.procs.file, s.procs.line)
	case s.cron.single() && s.procs.file == "" && s.stack.Schedule != "":
		s.set(&s.stack.Start, "start", s.cron.entries[0].command, s.cron.file, s.cron.entries[0].line)
	case s.docker.command() != "":
		s.set(&s.stack.Start, "start", s.docker.command(), s.docker.file, s.docker.line)
	case s.stack.Kind == guide.KindStatic:
	case line != "" && !s.Code.Tools.MatchString(line):
		s.set(&s.stack.Start, "start", s.script(s.startName()), file, word(s.read(file), s.startName()))
	case s.framework != nil && s.expand(s.framework.Start) != "":
		s.set(&s.stack.Start, "start", s.expand(s.framework.Start), s.marker, 0)
	case main != "" && s.language.Language == "node":
		s.set(&s.stack.Start, "start", s.runtime()+main, from, word(s.read(from), "main"))
	default:
		start := s.expand(cmp.Or(s.language.Runners[path.Ext(s.firstEntry())], s.manager.Start, s.language.Start))
		if start == "" && len(s.programs()) > 0 {
			start = s.expand("{exec}{program}")
		}
		s.set(&s.stack.Start, "start", start, cmp.Or(s.firstEntry(), s.marker), 0)
	}
}

// startName is the script that starts it: where there is one for production, the
// other one wants what only a developer has installed.
func (s *survey) startName() string {
	for _, m := range s.manifests {
		for _, name := range []string{"start:prod", "serve:prod", "start"} {
			if m.Scripts[name] != "" {
				return name
			}
		}
	}
	return "start"
}

// main is the main file that a manifest names, if it is there.
func (s *survey) main() (name, file string) {
	for _, m := range s.manifests {
		if m.Main != "" && s.known[path.Clean(m.Main)] {
			return m.Main, m.file
		}
	}
	return "", ""
}

func (s *survey) firstEntry() string {
	if len(s.entries) == 0 {
		return ""
	}
	return s.entries[0]
}
