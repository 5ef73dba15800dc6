package guide

import (
	"slices"
	"strings"
)

// checkFeeds checks what feeds the environments: a ref or another environment,
// in no circle.
func checkFeeds(d document, e Environment) {
	if e.Ref != "" {
		d.problem(at("ref"), "write it below environments.NAME", "says nothing of which environment it feeds")
	}
	if e.Promote != nil {
		d.problem(at("promote"), "write it below environments.NAME", "says nothing of which environment it feeds")
	}
	for _, name := range sortedKeys(e.Environments) {
		p := at("environments", name)
		s := e.Environments[name]
		checkRef(d, s.Ref, under(p, "ref"))
		if s.Promote == nil {
			continue
		}
		if s.Ref != "" {
			d.problem(under(p, "ref"), "keep one of them", "the environment has promote as well, which decides alone")
		}
		checkPromote(d, e, name, under(p, "promote"))
	}
}

func checkPromote(d document, e Environment, name string, p []any) {
	from := e.Environments[name].Promote.From
	d.notNegative(e.Environments[name].Promote.After, under(p, "after"))
	_, known := e.Environments[from]
	switch {
	case from == "":
		d.problem(under(p, "from"), "name the environment that a revision has to be healthy in", "is missing")
	case from == name:
		d.problem(under(p, "from"), "name the environment that comes before it", "%s cannot be promoted from itself", name)
	case !known:
		d.problem(under(p, "from"), suggest(from, sortedKeys(e.Environments)), "there is no environment %q", from)
	default:
		if circle := e.circle(name); circle != nil {
			d.problem(under(p, "from"), "give one of them a ref", "%s: nothing comes in from outside",
				strings.Join(circle, " is promoted from "))
		}
	}
}

// circle is the way from an environment back to itself, nil when there is none.
func (e Environment) circle(name string) []string {
	way := []string{name}
	for p := e.Environments[name].Promote; p != nil; p = e.Environments[p.From].Promote {
		if p.From == name {
			return append(way, name)
		}
		if slices.Contains(way, p.From) {
			return nil // a circle further on
		}
		way = append(way, p.From)
	}
	return nil
}

// checkRef demands the form of a ref; whoever follows it knows more of what Git
// allows.
func checkRef(d document, ref string, p []any) {
	const hint = `write a branch, tag:v1.2.3, a range such as "semver:>=1.2 <2", or a commit in 40 digits`
	kind, rest, prefixed := strings.Cut(ref, ":")
	switch {
	case ref == "" || kind == "semver" && strings.TrimSpace(rest) != "":
	case prefixed && kind != "tag" && kind != "branch", prefixed && rest == "":
		d.problem(p, hint, "%q is no ref", ref)
	case strings.ContainsAny(ref, " \t~^?*[\\"), strings.Contains(ref, ".."):
		d.problem(p, hint, "%q is no name that Git allows", ref)
	}
}
