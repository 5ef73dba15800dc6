package detect

import (
	"fmt"
	"path"
	"slices"

	"github.com/spotguide/spotguide/detect/compose"
	"github.com/spotguide/spotguide/detect/stack"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// project is a compose file of the tree.
type project struct {
	folder *folder
	file   string
	// built and pulled are its services, by where their images come from.
	built, pulled int
	// installed is a folder that one is built from and that only an installation of
	// packages brings, as Laravel's Sail.
	installed string
}

// convert makes candidates of the services of compose files. What the file
// builds is then no candidate of its own.
func (s *sources) convert() error {
	for _, p := range s.projects {
		if yes, err := s.converts(p); err != nil {
			return err
		} else if !yes {
			continue
		}
		loaded, err := compose.Load(s.ctx, s.tree, p.file, s.opt.Environment)
		if err != nil {
			return err
		}
		s.notices = append(s.notices, loaded.Notices...)
		s.candidates = slices.DeleteFunc(s.candidates, func(c *candidate) bool {
			return !c.explicit && c.composed == nil && c.guide.detect.Fallback &&
				slices.ContainsFunc(loaded.Services, func(one compose.Service) bool { return uses(one, p.folder.dir, c.dir) })
		})
		for _, one := range loaded.Services {
			if err := s.addComposed(p, one, loaded.Services); err != nil {
				return err
			}
		}
	}
	return nil
}

// uses says that a service of a file in that folder is built from dir, or mounts
// it.
func uses(one compose.Service, folder, dir string) bool {
	if one.Built() {
		return one.Context == dir
	}
	return slices.ContainsFunc(one.Component.Volumes, func(v guide.Volume) bool {
		return v.Source != "" && within(dir, path.Join(folder, v.Source))
	})
}

// converts says whether a compose file tells what is to be deployed: it builds
// what runs beside others, or there is no source code that its services would
// only help to develop.
func (s *sources) converts(p project) (bool, error) {
	if own, err := s.readOwn(p.folder); own.present || err != nil {
		return false, err
	}
	if p.installed != "" {
		s.notice(p.file, "it builds from %s, which is in no repository, so it is taken for the tool of those who develop", p.installed)
		return false, nil
	}
	if p.built > 0 {
		return p.built+p.pulled > 1, nil
	}
	if len(s.found) == 0 && !slices.ContainsFunc(s.candidates, func(c *candidate) bool { return c.composed == nil }) {
		return p.pulled > 0, nil
	}
	s.notice(p.file, "it builds nothing, so its services are taken for what the source code needs while it is developed")
	return false, nil
}

// addComposed adds one of a project's services.
func (s *sources) addComposed(p project, one compose.Service, beside []compose.Service) error {
	c := &candidate{dir: p.folder.dir, guide: s.guide, alias: one.Component.Name, composed: &one.Composed, facts: map[string]string{},
		why: []guide.Evidence{{Fact: factGuide, File: one.File, Line: one.Line, Text: fmt.Sprintf("service %s of the compose file", one.Service)}}}
	s.candidates = append(s.candidates, c)
	if !one.Built() {
		c.facts[factImage] = one.Component.Image
		c.why = append(c.why, guide.Evidence{Fact: factImage, File: one.File, Line: one.Line, Text: "image " + one.Component.Image})
		return nil
	}
	c.dir = one.Context
	f := s.root.find(one.Context)
	if f == nil {
		return fmt.Errorf("%s:%d: service %s is built from %s, which is no folder here; add it, or name an image", one.File, one.Line, one.Service, one.Context)
	}
	around := stack.Around{Composed: s.services[path.Join(one.File, one.Service)], Dockerfile: one.Dockerfile, Target: one.Target}
	result, err := stack.Read(&below{detector: s.detector, folder: f}, around)
	if err != nil {
		return err
	}
	s.notices = append(s.notices, result.Notices...)
	if result.Stack == nil {
		return fmt.Errorf("%s:%d: service %s is built from %s, where nothing says how; add a Dockerfile", one.File, one.Line, one.Service, one.Context)
	}
	reconcile(&one.Component, result.Stack)
	(&source{candidate: c, result: result}).describe()
	for i := range c.stack.Services {
		c.stack.Services[i].Beside = provider(c.stack.Services[i].Kind, beside)
	}
	return nil
}

// reconcile lets the compose file say which ports there are, and the source code
// what is spoken on them.
func reconcile(c *guide.Component, s *guide.Stack) {
	if len(c.Ports) == 0 {
		return
	}
	for i := range c.Ports {
		for _, p := range s.Ports {
			if p.Port == c.Ports[i].Port && p.Protocol != "" {
				c.Ports[i].Protocol, c.Ports[i].Name = p.Protocol, p.Name
			}
		}
	}
	s.Ports = c.Ports
}

// provider is the service of the file that is of that kind.
func provider(kind string, beside []compose.Service) string {
	for _, one := range beside {
		if !one.Built() && stack.ServiceOf(one.Component.Image) == kind {
			return one.Component.Name
		}
	}
	return ""
}
