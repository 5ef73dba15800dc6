package detect

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Facts that are not a guide's to name; factGuide is the match itself.
const (
	factGuide = "guide"
	factImage = "image"
	factKinds = "kinds"
)

// visit looks for applications from f down. holder is the application that f
// lies in, if there is one that does not take everything below it.
func (d *detector) visit(f *folder, holder *candidate) error {
	if d.ctx.Err() != nil {
		return contextError(d.ctx)
	}
	c, err := d.candidate(f, holder)
	if err != nil {
		return err
	}
	if c != nil {
		d.candidates = append(d.candidates, c)
		if !c.open() {
			return nil
		}
		holder = c
	} else if d.closed(f) {
		return nil
	}
	for _, sub := range f.subs {
		if err := d.visit(sub, holder); err != nil {
			return err
		}
	}
	return nil
}

// open says that there may be applications below: plain manifests take only
// plain manifests, and what a fallback guide found takes none that another does.
func (c *candidate) open() bool {
	return !c.explicit && (c.guide.engine == guide.EngineManifests || c.guide.detect.Fallback)
}

// decided says that a file says that it is deployed, whatever lies around it.
func (c *candidate) decided() bool { return c.explicit || c.composed != nil }

// closed says that nothing below f is an application, though f is none either:
// a chart or a kustomization takes what lies below it with it.
func (d *detector) closed(f *folder) bool {
	if _, chart := f.has(chartFile); chart {
		return true
	}
	_, kustomization := f.has(kustomizationFiles...)
	return kustomization
}

// candidate says what f is; nil when it is no application.
func (d *detector) candidate(f *folder, holder *candidate) (*candidate, error) {
	own, err := d.readOwn(f)
	if err != nil {
		return nil, err
	}
	whole, part := d.parts[f.dir]
	if part && !own.present {
		d.tellPart(f, whole)
		return nil, nil
	}
	r := d.reader(f)
	c, err := d.recognise(r, own)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, d.tellNone(r, own, holder)
	}
	if holder != nil && c.guide == holder.guide && !own.present {
		return nil, nil // the holder's
	}
	if part {
		d.notice(f.dir, "is an application, as its %s says, and also part of %s", ownFile, whole)
	}
	if !c.explicit && c.guide.engine == guide.EngineManifests {
		if none, err := d.onlyDefinitions(r); none || err != nil {
			return nil, err
		}
	}
	return c, d.tellFacts(r, c)
}

// recognise finds the guide that takes the folder.
func (d *detector) recognise(r *reader, own own) (*candidate, error) {
	c := &candidate{dir: r.folder.dir, name: own.Name, explicit: own.present, facts: map[string]string{}}
	if own.present {
		c.why = append(c.why, guide.Evidence{Fact: factGuide, File: path.Join(r.folder.dir, ownFile), Text: "says that this is an application"})
	}
	if own.Guide != "" {
		m, err := d.named(own.Guide)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path.Join(r.folder.dir, ownFile), err)
		}
		c.guide = m
		return c, nil
	}
	for _, m := range d.guides {
		if m.engine == guide.EngineManifests && d.closed(r.folder) {
			continue // its files are the chart's or the kustomization's
		}
		why, err := m.match(r)
		if err != nil {
			return nil, err
		}
		if len(why) > 0 {
			c.guide, c.why = m, append(c.why, why...)
			return c, nil
		}
	}
	i := slices.IndexFunc(d.guides, func(m *matcher) bool { return m.components && m.detect.Fallback })
	if i < 0 || own.image == "" && !(own.present && marked(r.folder)) {
		return nil, nil
	}
	c.guide = d.guides[i]
	if own.image == "" {
		return c, nil // its source code tells more
	}
	c.facts[factImage] = own.image
	c.why = append(c.why, guide.Evidence{Fact: factImage, File: path.Join(c.dir, ownFile), Line: own.imageLine, Text: "image " + own.image})
	return c, nil
}

// describe adds what can be told of a candidate whose guide was given.
func (d *detector) describe(f *folder, c *candidate) error {
	r := d.reader(f)
	why, err := c.guide.match(r)
	if err != nil {
		return err
	}
	c.why = append(c.why, why...)
	return d.tellFacts(r, c)
}

// tellFacts reads the guide's facts from the folder.
func (d *detector) tellFacts(r *reader, c *candidate) error {
	for _, f := range c.guide.facts {
		if _, known := c.facts[f.Name]; known {
			continue
		}
		var values []string
		for _, name := range r.glob(f.File) {
			data, err := r.read(name)
			if err != nil {
				return err
			}
			for _, one := range f.read(string(data)) {
				if slices.Contains(values, one.value) || len(values) > 0 && f.Take != guide.TakeAll {
					continue
				}
				values = append(values, one.value)
				c.why = append(c.why, guide.Evidence{Fact: f.Name, File: path.Join(c.dir, name), Line: one.line,
					Text: or(f.Text, f.Name) + " " + one.value})
			}
		}
		if len(values) > 0 {
			c.facts[f.Name] = strings.Join(values, ", ")
		}
	}
	return d.tellKinds(r, c)
}

// label makes a DNS label of a name, "" when nothing is left.
func label(name string) string {
	clean := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return '-'
	}
	name = strings.Trim(strings.Map(clean, strings.ToLower(name)), "-")
	if len(name) > maxName {
		name = strings.Trim(name[:maxName], "-")
	}
	if len(validation.IsDNS1123Label(name)) > 0 {
		return ""
	}
	return name
}

// maxName leaves a chart room for what it puts behind a name.
const maxName = 53
