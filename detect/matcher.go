package detect

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// matcher is a guide with its patterns compiled.
type matcher struct {
	name       string
	engine     guide.Engine
	components bool // it has components of its own: it can do with an image alone
	detect     guide.Detect
	all        []pattern
	any        []pattern
	none       []pattern
	facts      []fact
}

type pattern struct {
	guide.Pattern
	contains *regexp.Regexp
}

type fact struct {
	guide.Fact
	line, reset *regexp.Regexp
}

func newMatcher(g *guide.Guide) (*matcher, error) {
	m := &matcher{name: g.Name(), engine: g.Application.Render.Engine,
		components: len(g.Application.Components) > 0, detect: g.Application.Detect}
	var err error
	for _, list := range []struct {
		from []guide.Pattern
		to   *[]pattern
	}{{m.detect.All, &m.all}, {m.detect.Any, &m.any}, {m.detect.None, &m.none}} {
		for _, p := range list.from {
			compiled := pattern{Pattern: p}
			if compiled.contains, err = compile(p.Contains, err); err != nil {
				return nil, fmt.Errorf("guide %s: %w", m.name, err)
			}
			*list.to = append(*list.to, compiled)
		}
	}
	for _, f := range m.detect.Facts {
		compiled := fact{Fact: f}
		compiled.line, err = compile(f.Line, err)
		compiled.reset, err = compile(f.Reset, err)
		if err != nil {
			return nil, fmt.Errorf("guide %s: %w", m.name, err)
		}
		m.facts = append(m.facts, compiled)
	}
	return m, nil
}

// compile compiles an expression unless it is empty or err is set.
func compile(expression string, err error) (*regexp.Regexp, error) {
	if expression == "" || err != nil {
		return nil, err
	}
	return regexp.Compile(expression)
}

// match says whether the folder is one of the guide's, and by which evidence.
func (m *matcher) match(r *reader) ([]guide.Evidence, error) {
	if len(m.all) == 0 && len(m.any) == 0 {
		return nil, nil
	}
	var why []guide.Evidence
	for _, p := range m.all {
		e, err := r.find(p)
		if e == nil || err != nil {
			return nil, err
		}
		why = append(why, *e)
	}
	for _, p := range m.any {
		e, err := r.find(p)
		if err != nil {
			return nil, err
		}
		if e != nil {
			why = append(why, *e)
			break
		}
	}
	if len(why) == len(m.all) && len(m.any) > 0 {
		return nil, nil
	}
	for _, p := range m.none {
		if e, err := r.find(p); e != nil || err != nil {
			return nil, err
		}
	}
	return why, nil
}

// find looks for a pattern in the folder; nil when it is not there.
func (r *reader) find(p pattern) (*guide.Evidence, error) {
	for _, name := range r.glob(p.File) {
		e := &guide.Evidence{Fact: factGuide, File: path.Join(r.folder.dir, name), Text: or(p.Text, name)}
		if p.Kubernetes {
			objects, err := r.objects(name)
			if err != nil {
				return nil, err
			}
			if len(objects) == 0 {
				continue
			}
			e.Line, e.Text = objects[0].line, e.Text+": "+objects[0].kind
		}
		if p.contains != nil {
			line, err := r.contains(name, p.contains)
			if err != nil {
				return nil, err
			}
			if line == 0 {
				continue
			}
			e.Line = line
		}
		return e, nil
	}
	return nil, nil
}

func (r *reader) contains(name string, expression *regexp.Regexp) (int, error) {
	data, err := r.read(name)
	if err != nil {
		return 0, err
	}
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		if expression.MatchString(strings.TrimRight(line, "\r\n")) {
			return number, nil
		}
	}
	return 0, nil
}

// read gives the facts that a fact's file tells, each with its line.
func (f fact) read(text string) []found {
	var all []found
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if f.reset != nil && f.reset.MatchString(line) {
			all = nil
		}
		if m := f.line.FindStringSubmatch(line); m != nil && m[1] != "" {
			all = append(all, found{m[1], number})
		}
	}
	return f.take(all)
}

// found is a value and the line that it stands on.
type found struct {
	value string
	line  int
}

func (f fact) take(all []found) []found {
	switch {
	case len(all) == 0:
		return nil
	case f.Take == guide.TakeLast:
		return all[len(all)-1:]
	case f.Take != guide.TakeAll:
		return all[:1]
	}
	var distinct []found
	for _, one := range all {
		if !slices.ContainsFunc(distinct, func(d found) bool { return d.value == one.value }) {
			distinct = append(distinct, one)
		}
	}
	return distinct
}

func or(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}
