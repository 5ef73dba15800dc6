package detect

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// choose makes the result of the candidates: one of the variants, one of the
// alternatives, and the fallback only when there is nothing else.
func (d *detector) choose(root *folder) (Result, error) {
	for _, c := range d.candidates {
		var err error
		if c.outward, err = d.outward(root.find(c.dir)); err != nil {
			return Result{}, err
		}
	}
	d.rank(root)
	groups := d.variants(root)
	d.chooseAlternatives(root)
	return d.result(root, d.chooseVariants(groups))
}

// find returns the folder of that path below f.
func (f *folder) find(dir string) *folder {
	if f.dir == dir {
		return f
	}
	for _, sub := range f.subs {
		if within(dir, sub.dir) {
			return sub.find(dir)
		}
	}
	return nil
}

// rank keeps the candidates of the best rank: applications, then what a fallback
// guide found, then what lies in folders that show or try things.
func (d *detector) rank(root *folder) {
	rank := func(c *candidate) int {
		switch {
		case c.explicit:
			return 0
		case aside(root.dir, c.dir) != "" && !(c.member && path.Base(c.dir) == "docs"):
			return 2
		case c.guide.detect.Fallback:
			return 1
		}
		return 0
	}
	best := 2
	for _, c := range d.candidates {
		// One that names its image says nothing about how others are built.
		if !c.explicit || !c.guide.detect.Fallback {
			best = min(best, rank(c))
		}
	}
	var builds []string
	d.candidates = slices.DeleteFunc(d.candidates, func(c *candidate) bool {
		switch r := rank(c); {
		case r <= best:
			return false
		case r == 2:
			d.notice(aside(root.dir, c.dir), "left out, since there are applications in other folders")
		default:
			builds = append(builds, c.why[0].File)
		}
		return true
	})
	if len(builds) > 0 {
		d.notice(some(builds), "left out, since other files tell how to deploy")
	}
}

// some names the first few of many.
func some(names []string) string {
	const few = 3
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}

// aside is the folder between root and dir that is for showing or trying
// things, "" when there is none.
func aside(root, dir string) string {
	for _, step := range steps(root, dir) {
		switch path.Base(step) {
		case "example", "examples", "sample", "samples", "doc", "docs", "hack":
			return step
		}
	}
	return ""
}

// steps are the folders from below root down to dir.
func steps(root, dir string) []string {
	var all []string
	for ; dir != root && dir != "."; dir = path.Dir(dir) {
		all = append(all, dir)
	}
	slices.Reverse(all)
	return all
}

// result names what is left.
func (d *detector) result(root *folder, undecided []undecided) (Result, error) {
	names, err := d.name(root, d.candidates)
	if err != nil {
		return Result{}, err
	}
	var r Result
	for i, c := range d.candidates {
		r.Matches = append(r.Matches, guide.Match{App: names[i], Dir: c.dir, Guide: c.guide.name, Facts: c.facts, Stack: c.stack, Composed: c.composed, Sources: c.sources, Why: c.why})
	}
	for _, u := range undecided {
		told, err := d.tellUndecided(root, u, names)
		if err != nil {
			return Result{}, err
		}
		r.Undecided = append(r.Undecided, told...)
	}
	if len(r.Matches)+len(r.Undecided) == 0 {
		r.Sources = d.idle
		d.tellIdle(root)
	}
	slices.Sort(d.notices)
	r.Notices = slices.Compact(d.notices)
	return r, nil
}

// sourcesOf lists the source code that candidates deploy.
func sourcesOf(candidates []*candidate) []guide.Source {
	var all []guide.Source
	for _, c := range candidates {
		for _, one := range c.sources {
			if !slices.ContainsFunc(all, func(s guide.Source) bool { return s.Dir == one.Dir }) {
				all = append(all, one)
			}
		}
	}
	return all
}

// tellUndecided names the applications of a group of variants.
func (d *detector) tellUndecided(root *folder, u undecided, taken []string) ([]Undecided, error) {
	text := fmt.Sprintf("there are variants %s; name one as spotguide.dev/environment, or its folder as spotguide.dev/path",
		strings.Join(u.variants, ", "))
	if d.opt.Environment != "" {
		text = fmt.Sprintf("there is no variant for environment %q, only %s; add it, or name a folder as spotguide.dev/path",
			d.opt.Environment, strings.Join(u.variants, ", "))
	}
	d.notice(u.dir, "%s", text)
	var all []Undecided
	for _, variant := range u.variants {
		members := slices.DeleteFunc(slices.Clone(u.members), func(c *candidate) bool {
			return !within(c.dir, path.Join(u.dir, variant))
		})
		names, err := d.name(root, members)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			known := slices.ContainsFunc(all, func(a Undecided) bool { return a.App == name })
			if !known && !slices.Contains(taken, name) {
				all = append(all, Undecided{App: name, Dir: u.dir, Variants: u.variants, Text: text, Sources: sourcesOf(members)})
			}
		}
	}
	return all, nil
}
