package validate

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"

	"github.com/spotguide/spotguide/detect"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// ours tells a guide's application.yaml from other programs' files of the name.
var ours = regexp.MustCompile(`(?m)^apiVersion:\s*["']?spotguide\.dev/`)

func (r *run) isGuide(dir string) (bool, error) {
	data, err := fs.ReadFile(r.tree, path.Join(dir, guide.ApplicationFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && ours.Match(data), err
}

// guide checks the folder of a guide.
func (r *run) guide(dir string) error {
	folder, err := r.open(dir)
	if err != nil {
		return err
	}
	g, err := guide.Load(folder)
	if problems, err := problemsOf(err); problems != nil || err != nil {
		r.add(dir, problems)
		return err
	}
	r.rules(dir, folder, g)
	return nil
}

// overlay checks the .spotguide of an application.
func (r *run) overlay(dir string) error {
	folder, err := r.open(dir)
	if err != nil {
		return err
	}
	base, detection := r.base(path.Dir(dir))
	if base == nil {
		base = &guide.Guide{Application: guide.Application{Name: "unknown", Render: guide.Render{Engine: guide.EngineManifests}}}
	}
	g, err := guide.Overlay(base, folder)
	problems, err := problemsOf(err)
	if err != nil {
		return err
	}
	if problems == nil && detection != "" {
		problems = guide.Problems{{File: ".", Message: detection,
			Hint: "write guide: NAME in application.yaml, or move the folder to where the application lies"}}
	}
	if problems != nil {
		r.add(dir, problems)
		return nil
	}
	r.rules(dir, folder, g)
	r.files(dir, folder, g)
	return nil
}

// base is the guide that an application's folder is recognised by, or what
// keeps it from being.
func (r *run) base(dir string) (*guide.Guide, string) {
	result, err := detect.Detect(r.ctx, r.tree, dir, r.guides, detect.Options{RootName: path.Base(dir)})
	if err != nil {
		return nil, err.Error()
	}
	for _, m := range result.Matches {
		for _, g := range r.guides {
			if m.Dir == dir && m.Guide == g.Name() {
				return g, ""
			}
		}
	}
	return nil, "no guide recognises the folder that it lies in"
}

func (r *run) open(dir string) (fs.FS, error) {
	for _, name := range descriptors {
		if _, err := fs.Stat(r.tree, path.Join(dir, name)); err == nil {
			r.found.Files++
		}
	}
	return fs.Sub(r.tree, dir)
}

func (r *run) add(dir string, problems guide.Problems) {
	r.found.Problems = append(r.found.Problems, problems.In(dir)...)
}

// rules compiles the rules, those that every application has included.
func (r *run) rules(dir string, folder fs.FS, g *guide.Guide) {
	_, err := r.compiler.Program(g.SLA)
	for _, err := range split(err) {
		p := guide.Problem{File: guide.SLAFile, Message: err.Error()}
		var rule *sla.RuleError
		if errors.As(err, &rule) {
			p.Path, p.Message = fmt.Sprintf("rules[%s]", rule.Rule), rule.Message
			if rule.Line > 0 {
				p.Path = fmt.Sprintf("%s.expr, %d:%d", p.Path, rule.Line, rule.Column)
			}
			p.Line, p.Column = guide.Locate(folder, guide.SLAFile, "rules", rule.Rule, "expr")
		}
		r.add(dir, guide.Problems{p})
	}
}

// files checks that what environment.yaml refers to is there.
func (r *run) files(dir string, folder fs.FS, g *guide.Guide) {
	application := path.Dir(dir)
	check := func(s guide.Settings, at ...any) {
		for i, name := range s.ValuesFiles {
			r.there(dir, folder, path.Join(application, name), name, append(at, "valuesFiles", i))
		}
		if s.Path != "" {
			r.there(dir, folder, path.Join(application, s.Path), s.Path, append(at, "path"))
		}
	}
	check(g.Environment.Settings)
	for name, settings := range g.Environment.Environments {
		check(settings, "environments", name)
	}
}

func (r *run) there(dir string, folder fs.FS, name, written string, at []any) {
	if _, err := fs.Stat(r.tree, name); err == nil {
		return
	}
	p := guide.Problem{File: guide.EnvironmentFile, Message: fmt.Sprintf("%q is not there", written),
		Hint: "paths are relative to the application's folder, not to " + guide.OverlayDir}
	p.Line, p.Column = guide.Locate(folder, guide.EnvironmentFile, at...)
	r.add(dir, guide.Problems{p})
}

// problemsOf tells bad descriptors from what went wrong reading them.
func problemsOf(err error) (guide.Problems, error) {
	var problems guide.Problems
	if errors.As(err, &problems) {
		return problems, nil
	}
	return nil, err
}

// split takes joined errors apart.
func split(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err != nil {
		return []error{err}
	}
	return nil
}
