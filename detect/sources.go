package detect

import (
	"path"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/detect/stack"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// findSources looks at source code. Where no file tells how to deploy it, it
// makes candidates; where some do, they know better what runs, and what the code
// is only is told of them.
func (d *detector) findSources(root *folder) error {
	i := slices.IndexFunc(d.guides, func(m *matcher) bool { return m.components && m.detect.Fallback })
	if i < 0 {
		return nil
	}
	deployed := slices.ContainsFunc(d.candidates, func(c *candidate) bool {
		return !c.guide.detect.Fallback && aside(root.dir, c.dir) == ""
	})
	notices := d.notices
	s := &sources{detector: d, guide: d.guides[i], root: root, deployed: deployed, known: map[string]*candidate{}, composed: map[string]*stack.Composed{}, services: map[string]*stack.Composed{}, lent: map[string]string{}, above: map[string][]byte{}}
	for _, c := range d.candidates {
		if !deployed || c.guide.detect.Fallback {
			s.known[c.dir] = c
		}
	}
	if !deployed {
		if err := s.lend(); err != nil {
			return err
		}
	}
	if err := s.visit(root, place{}); err != nil {
		return err
	}
	for _, one := range s.found {
		if one.above != nil {
			one.above.members = true
		}
	}
	if deployed {
		d.notices = notices
		for _, p := range s.projects {
			d.notice(p.file, "left out, since other files tell how to deploy")
		}
		s.tell()
		for _, one := range s.found {
			if one.explicit {
				one.describe()
			}
		}
		return nil
	}
	s.settle()
	if err := s.convert(); err != nil {
		return err
	}
	slices.SortStableFunc(d.candidates, func(a, b *candidate) int { return compareDirs(a.dir, b.dir) })
	return nil
}

// sources are the folders of source code of one tree.
type sources struct {
	*detector
	guide *matcher
	root  *folder
	// deployed: files say how, and what is found is only told.
	deployed bool
	known    map[string]*candidate // by folder, those that are no source code's own
	found    []*source
	parts    []string // folders that belong to an application above
	// composed are the services of the compose files above, by the folder that
	// they are built from.
	composed map[string]*stack.Composed
	// services are those of compose files, by file and name.
	services map[string]*stack.Composed
	// lent are Dockerfiles in folders of their own, by the folder that they build.
	lent     map[string]string
	projects []project
	above    map[string][]byte // files of workspaces
}

// source is a folder of source code that can be run.
type source struct {
	*candidate
	result stack.Result
	above  *source // the workspace that it lies in
	// members: there are applications among its packages.
	members bool
}

// onlyWorkspace says that what runs are its packages.
func (s *source) onlyWorkspace() bool { return s.result.Weak && s.result.Workspace && s.members }

// place is what lies above a folder.
type place struct {
	holder    *source // the application that it lies in
	workspace *folder // that it lies in
	trying    bool    // it is for trying things: only what is known counts
}

// visit looks for source code from f down.
func (s *sources) visit(f *folder, at place) error {
	if s.ctx.Err() != nil {
		return contextError(s.ctx)
	}
	if _, part := s.detector.parts[f.dir]; part || s.closed(f) && !s.deployed {
		return nil
	}
	if at.trying = at.trying || isForTrying(f, s.root); at.trying && !s.holdsKnown(f) {
		return nil
	}
	if err := s.compose(f); err != nil {
		return err
	}
	known := s.known[f.dir]
	if s.belongs(f, known, at) {
		if slices.ContainsFunc(f.files, stack.IsManifest) {
			s.parts = append(s.parts, f.dir)
		}
	} else if known != nil || s.lent[f.dir] != "" || marked(f) && !at.trying {
		found, err := s.read(f, known, at)
		if err != nil {
			return err
		}
		if found.result.Workspace {
			at.workspace = f
		}
		if found.candidate != nil {
			found.above, at.holder = at.holder, found
		}
	}
	for _, sub := range f.subs {
		if err := s.visit(sub, at); err != nil {
			return err
		}
	}
	return nil
}

// holdsKnown says that a descriptor in the folder, or below it, names one.
func (s *sources) holdsKnown(f *folder) bool {
	for dir, c := range s.known {
		if c.explicit && within(dir, f.dir) {
			return true
		}
	}
	return false
}

// belongs says whether a folder is part of the application that it lies in. Its
// own Dockerfile beside a manifest makes it one of its own.
func (s *sources) belongs(f *folder, known *candidate, at place) bool {
	if at.holder == nil || at.holder.result.Workspace {
		return false
	}
	return known == nil || !known.explicit && !slices.ContainsFunc(f.files, stack.IsManifest)
}

// compose notes what a compose file says of the folders that it builds.
func (s *sources) compose(f *folder) error {
	i := slices.IndexFunc(f.files, stack.IsCompose)
	if i < 0 {
		return nil
	}
	file := path.Join(f.dir, f.files[i])
	data, err := s.detector.read(file)
	if err != nil {
		return err
	}
	p := project{folder: f, file: file}
	for _, c := range stack.ParseCompose(file, data) {
		s.services[path.Join(file, c.Name)] = &c
		switch {
		case c.Optional:
		case c.Context != "":
			p.built++
			if slices.ContainsFunc(strings.Split(c.Context, "/"), func(step string) bool { return step != "." && step != ".." && leftOut(step) }) {
				p.installed = c.Context
			}
		default:
			p.pulled++
		}
		if c.Context != "" && s.composed[path.Join(f.dir, c.Context)] == nil {
			s.composed[path.Join(f.dir, c.Context)] = &c
		}
	}
	s.projects = append(s.projects, p)
	return nil
}

// read reads the folder's stack. Its candidate is nil where nothing in it runs.
func (s *sources) read(f *folder, known *candidate, at place) (*source, error) {
	around := stack.Around{Composed: s.composed[f.dir], Dockerfile: s.lent[f.dir]}
	if at.workspace != nil {
		around.Member, around.Dir, around.Files = true, at.workspace.dir, at.workspace.files
		around.Read = func(name string) ([]byte, error) { return s.readAbove(at.workspace, name) }
	}
	result, err := stack.Read(&below{detector: s.detector, folder: f}, around)
	if err != nil {
		return nil, err
	}
	s.notices = append(s.notices, result.Notices...)
	found := &source{candidate: known, result: result}
	if known == nil && result.Stack != nil {
		found.candidate = &candidate{dir: f.dir, guide: s.guide, facts: map[string]string{}, member: at.workspace != nil}
	}
	if found.candidate != nil {
		s.found = append(s.found, found)
	}
	if result.Library != nil && len(s.idle) < maxIdle {
		s.idle = append(s.idle, guide.Source{Dir: f.dir, Stack: *result.Library, Why: result.Why})
	}
	return found, nil
}

// readAbove reads a file of a workspace, once.
func (s *sources) readAbove(workspace *folder, name string) ([]byte, error) {
	file := path.Join(workspace.dir, name)
	if data, known := s.above[file]; known {
		return data, nil
	}
	var data []byte
	if f := s.root.find(path.Dir(file)); f != nil && slices.Contains(f.files, path.Base(file)) {
		var err error
		if data, err = s.detector.read(file); err != nil {
			return nil, err
		}
	}
	s.above[file] = data
	return data, nil
}

// settle makes candidates of what was found. A workspace of which only a script
// says that it runs is none where one of its packages is.
func (s *sources) settle() {
	inside := func(dir string) bool {
		return slices.ContainsFunc(s.found, func(f *source) bool {
			return !f.result.Workspace && f.result.Stack != nil && f.dir != dir && within(dir, f.dir)
		})
	}
	s.candidates = slices.DeleteFunc(s.candidates, func(c *candidate) bool {
		own := slices.ContainsFunc(s.found, func(f *source) bool { return f.candidate == c })
		return !c.explicit && !own && c.guide.detect.Fallback && inside(c.dir)
	})
	for _, one := range s.found {
		if one.onlyWorkspace() && s.known[one.dir] == nil {
			s.notice(one.dir, "is the workspace of other applications, and none of its own")
			continue
		}
		one.describe()
		if s.known[one.dir] == nil {
			s.candidates = append(s.candidates, one.candidate)
		}
	}
	if len(s.parts) > 0 {
		s.notice(s.parts[0], "source code in %s belongs to the application in the folder above; name its folder as spotguide.dev/path to deploy it alone", some(s.parts))
	}
}

// isForTrying says that a folder's programs test or help with others.
func isForTrying(f, root *folder) bool {
	if f == root {
		return false
	}
	switch path.Base(f.dir) {
	case "test", "tests", "e2e", "fixtures", "__tests__", "__fixtures__", "benchmark", "benchmarks", "scripts", "tools", "third_party", "dist", "target", "bower_components":
		return true
	}
	return false
}

func marked(f *folder) bool {
	return slices.ContainsFunc(f.files, stack.Marked)
}
