package detect

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// name gives every candidate its name.
func (d *detector) name(root *folder, candidates []*candidate) ([]string, error) {
	names, taken := make([]string, len(candidates)), map[string]string{}
	for i, c := range candidates {
		if c.name == "" {
			continue
		}
		if other, twice := taken[c.name]; twice {
			return nil, fmt.Errorf("%s and %s both name their application %q; change one", path.Join(other, ownFile), path.Join(c.dir, ownFile), c.name)
		}
		names[i], taken[c.name] = c.name, c.dir
	}
	for i, c := range candidates {
		if c.name != "" {
			continue
		}
		name, wanted := d.free(root, c, taken), d.wanted(root, c)
		switch {
		case name == wanted:
		case c.alias != "":
			d.notice(c.composed.File, "service %s is named %s, since %s has the name %s already: others do not find it; deploy the folder alone, as spotguide.dev/path",
				c.alias, name, taken[wanted], wanted)
		default:
			d.notice(c.dir, "is named %s, since %s has the name %s already; set name in %s to choose",
				name, taken[wanted], wanted, path.Join(c.dir, ownFile))
		}
		names[i], taken[name] = name, c.dir
	}
	return names, nil
}

// wanted is the name that the candidate has if nothing else has it.
func (d *detector) wanted(root *folder, c *candidate) string {
	if c.alias != "" {
		return c.alias
	}
	return d.short(root, c.dir)
}

// short is the name after the folder that speaks for the candidate.
func (d *detector) short(root *folder, dir string) string {
	home := d.home(root, dir)
	if home == root.dir {
		return d.opt.RootName
	}
	if name := label(path.Base(home)); name != "" {
		return name
	}
	return d.opt.RootName
}

// free is the shortest name that is not taken: the short one, then with the
// folders above before it, then with a number behind it.
func (d *detector) free(root *folder, c *candidate, taken map[string]string) string {
	name := d.wanted(root, c)
	if _, used := taken[name]; !used {
		return name
	}
	above := steps(root.dir, c.dir)
	slices.Reverse(above)
	long := c.alias
	for _, dir := range above {
		long = strings.Trim(path.Base(dir)+"-"+long, "-")
		name := label(long)
		if _, used := taken[name]; !used && name != "" && long != path.Base(c.dir) {
			return name
		}
	}
	for n := 2; ; n++ {
		numbered := fmt.Sprintf("%s-%d", name[:min(len(name), maxName-4)], n)
		if _, used := taken[numbered]; !used {
			return numbered
		}
	}
}

// home is the folder that the application in dir is named after: dir itself, or
// the next above that is neither a variant nor named after a way to deploy. The
// only chart in a folder for charts speaks for the folder above.
func (d *detector) home(root *folder, dir string) string {
	for dir != root.dir {
		parent := path.Dir(dir)
		name, above := path.Base(dir), path.Base(parent)
		only := parent != root.dir && isGeneric(above) && len(root.find(parent).subs) == 1
		if !d.variant[dir] && !isGeneric(name) && !holdsVariants(name) && !only {
			return dir
		}
		dir = parent
	}
	return dir
}

// isGeneric says that a folder is named after a way to deploy.
func isGeneric(name string) bool {
	switch name {
	case "deploy", "deployment", "deployments", "k8s", "kube", "kubernetes", "manifest", "manifests",
		"kubernetes-manifests", "k8s-manifests", "chart", "charts", "helm", "helm-chart", "helm-charts",
		"kustomize", "base", "bases":
		return true
	}
	return false
}
