package compose

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/google/go-containerregistry/pkg/name"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// services converts them all.
func (l *load) services() (Project, error) {
	for name := range l.project.DisabledServices {
		l.notice("service %s is left out, since it starts only with a profile (%s)", name, strings.Join(l.project.DisabledServices[name].Profiles, ", "))
	}
	l.nameServices()
	for _, name := range slices.Sorted(maps.Keys(l.project.Services)) {
		for _, v := range l.project.Services[name].Volumes {
			if v.Type == types.VolumeTypeVolume && v.Source != "" && !slices.Contains(l.shared[v.Source], name) {
				l.shared[v.Source] = append(l.shared[v.Source], name)
			}
		}
	}
	p := Project{File: l.file}
	for _, name := range slices.Sorted(maps.Keys(l.project.Services)) {
		s, err := l.service(l.project.Services[name])
		if err != nil {
			return Project{}, fmt.Errorf("%s:%d: service %s: %w", l.file, l.lines[name], name, err)
		}
		p.Services = append(p.Services, s)
	}
	l.tellUnset()
	slices.Sort(l.notices)
	p.Notices = slices.Compact(l.notices)
	return p, nil
}

// nameServices finds the names that services cannot have in a cluster.
func (l *load) nameServices() {
	for name, s := range l.project.Services {
		called := Name(name)
		if called != name {
			l.notice("service %s is called %s in the cluster, where names have neither capitals nor underscores; files that mention it have to say so", name, called)
		}
		for _, other := range append(l.calledToo(s), name) {
			if len(validation.IsDNS1123Label(other)) > 0 && called != "" {
				l.names[other] = called
			}
		}
	}
}

// Name is what a service is called in a cluster.
func Name(service string) string {
	name := strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			return r
		}
		return '-'
	}, strings.ToLower(service)), "-")
	return strings.Trim(name[:min(len(name), 53)], "-")
}

// calledToo are the other names of a service.
func (l *load) calledToo(s types.ServiceConfig) (names []string) {
	names = append(names, s.ContainerName, s.Hostname)
	for _, network := range s.Networks {
		if network != nil {
			names = append(names, network.Aliases...)
		}
	}
	for _, other := range l.project.Services {
		for _, link := range other.Links {
			if to, alias, ok := strings.Cut(link, ":"); ok && to == s.Name {
				names = append(names, alias)
			}
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" || name == s.Name })
}

func (l *load) service(s types.ServiceConfig) (Service, error) {
	to := Service{Composed: guide.Composed{File: l.file, Service: s.Name, Component: guide.Component{Name: Name(s.Name)}}, Line: l.lines[s.Name]}
	if to.Component.Name == "" {
		return to, fmt.Errorf("no application can be called so; use lower-case letters, digits and dashes")
	}
	if err := l.image(&to, s); err != nil {
		return to, err
	}
	if err := l.environment(&to, s); err != nil {
		return to, err
	}
	c := &to.Component
	c.Command, c.Args, c.WorkingDir = l.words(s.Entrypoint), l.words(s.Command), s.WorkingDir
	l.user(c, s)
	l.workload(c, s)
	if c.Workload == "" {
		l.ports(&to, s)
		l.health(c, s)
	}
	for _, name := range l.calledToo(s) {
		if _, foreign := l.names[name]; !foreign && l.project.Services[name].Name == "" {
			c.Aliases = append(c.Aliases, name)
		}
	}
	l.volumes(&to, s)
	amounts(&to, s)
	l.refuse(s)
	return to, nil
}

// remote are addresses of repositories, from which an engine would build.
var remote = regexp.MustCompile(`^[\w+.-]+://|^[\w.-]+@[\w.-]+:`)

// image says what runs: a build goes before the name that its image is given.
func (l *load) image(to *Service, s types.ServiceConfig) error {
	if s.Build == nil {
		if _, err := name.ParseReference(s.Image, name.WeakValidation); err != nil {
			return fmt.Errorf("image: %q is no image reference; write it as registry/name:tag", s.Image)
		}
		to.Component.Image = s.Image
		return nil
	}
	context, ok := l.in(cmp.Or(s.Build.Context, "."))
	switch {
	case !ok || remote.MatchString(s.Build.Context):
		return fmt.Errorf("build: %q is no folder of the repository; build such an image elsewhere, and name it as image", s.Build.Context)
	case s.Build.DockerfileInline != "":
		return fmt.Errorf("build: dockerfile_inline is not built; write it into a file and name it as dockerfile")
	case len(s.Build.AdditionalContexts) > 0:
		return fmt.Errorf("build: additional_contexts are not built from; copy what is needed into %s", context)
	}
	to.Context = context
	if file := path.Clean(s.Build.Dockerfile); s.Build.Dockerfile != "" && file != "Dockerfile" {
		if path.IsAbs(file) || strings.HasPrefix(file, "../") {
			return fmt.Errorf("build: dockerfile %q lies outside of %s; move it there, or choose a context that holds it", file, context)
		}
		to.Dockerfile = file
	}
	to.Target = s.Build.Target
	for name, value := range s.Build.Args {
		if value != nil {
			if to.Args == nil {
				to.Args = map[string]string{}
			}
			to.Args[name] = *value
		}
	}
	return nil
}

// user takes numbers only: names are known to the image alone.
func (l *load) user(c *guide.Component, s types.ServiceConfig) {
	if s.User == "" {
		return
	}
	id, _, _ := strings.Cut(s.User, ":")
	if id == "root" {
		id = "0"
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		l.notice("service %s: user %s has no number, so the image's own runs it", s.Name, s.User)
		return
	}
	c.User = &n
}

// workload: what others wait to end is a Job.
func (l *load) workload(c *guide.Component, s types.ServiceConfig) {
	for _, other := range l.project.Services {
		if d, ok := other.DependsOn[s.Name]; ok && d.Condition == types.ServiceConditionCompletedSuccessfully {
			c.Workload = guide.WorkloadJob
		}
	}
}

// words keeps Kubernetes from reading variables of its own in them.
func (l *load) words(list []string) []string {
	var words []string
	for _, word := range list {
		words = append(words, l.value(word))
	}
	return words
}
