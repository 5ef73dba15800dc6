package render

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// composed lets a compose file say how the first component runs, where nothing in
// .spotguide/ does, and the source code what both leave open.
func (j job) composed(components []guide.Component) []guide.Component {
	components[0] = lay(j.Composed.Component, components[0])
	c := &components[0]
	if c.Image == "" {
		c.Image = j.Facts["image"]
	}
	if j.Stack != nil {
		*c = runs(*c, *j.Stack)
	}
	if j.Composed.Published {
		j.expose(c)
	}
	if len(c.Ports) == 0 && c.Workload != guide.WorkloadJob {
		// Others find it by its name, whatever it listens on.
		c.Aliases = append(slices.Clone(c.Aliases), j.App)
	}
	return components
}

// lay is a component of a compose file with what is said of it elsewhere over it.
func lay(base, over guide.Component) guide.Component {
	c := base
	c.Name = over.Name
	first(&c.Workload, over.Workload)
	first(&c.Image, over.Image)
	first(&c.WorkingDir, over.WorkingDir)
	first(&c.Schedule, over.Schedule)
	first(&c.TimeZone, over.TimeZone)
	for to, from := range map[*[]string][]string{&c.Command: over.Command, &c.Args: over.Args, &c.Aliases: over.Aliases} {
		if len(from) > 0 {
			*to = from
		}
	}
	if len(over.Env) > 0 {
		c.Env = maps.Clone(c.Env)
		if c.Env == nil {
			c.Env = map[string]string{}
		}
		maps.Copy(c.Env, over.Env)
	}
	if len(over.Ports) > 0 {
		c.Ports = over.Ports
	}
	if over.Probes != nil {
		c.Probes = over.Probes
	}
	if over.User != nil {
		c.User = over.User
	}
	c.Volumes = slices.Clone(c.Volumes)
	for _, v := range over.Volumes {
		if i := slices.IndexFunc(c.Volumes, func(b guide.Volume) bool { return b.Name == v.Name }); i >= 0 {
			c.Volumes[i] = v
		} else {
			c.Volumes = append(c.Volumes, v)
		}
	}
	return c
}

// more compares two quantities; what is none is not more.
func more(a, b string) bool {
	x, err := resource.ParseQuantity(a)
	y, err2 := resource.ParseQuantity(b)
	return err == nil && err2 == nil && x.Cmp(y) > 0
}

// first sets what is said.
func first(to *string, said string) {
	if said != "" {
		*to = said
	}
}

// composedResources lays what the compose file says over what holds for all.
func (j job) composedResources(all *guide.Resources) *guide.Resources {
	if j.Composed == nil || j.Composed.Resources == nil {
		return all
	}
	r := guide.Resources{Requests: map[string]string{}, Limits: map[string]string{}}
	for _, from := range []*guide.Resources{all, j.Composed.Resources} {
		if from != nil {
			maps.Copy(r.Requests, from.Requests)
			maps.Copy(r.Limits, from.Limits)
		}
	}
	for name, limit := range r.Limits {
		if more(r.Requests[name], limit) {
			r.Requests[name] = limit
		}
	}
	return &r
}
