package detect

import (
	"path"
	"slices"
	"strings"
)

// undecided is a group of variants of which none was chosen.
type undecided struct {
	dir      string
	variants []string
	members  []*candidate
}

// chooseVariants keeps the candidates that belong to the environment, and
// returns the groups of which none does.
func (d *detector) chooseVariants(groups map[string][]string) []undecided {
	var open []undecided
	for _, dir := range sortedDirs(groups) {
		names := slices.Sorted(slices.Values(groups[dir]))
		if len(names) == 1 && d.opt.Environment == "" {
			continue
		}
		chosen := slices.Contains(names, d.opt.Environment)
		group := undecided{dir: dir, variants: names}
		d.candidates = slices.DeleteFunc(d.candidates, func(c *candidate) bool {
			name := childOn(dir, c.dir)
			if name == "" || !slices.Contains(names, name) || name == d.opt.Environment || c.decided() {
				return false
			}
			group.members = append(group.members, c)
			return true
		})
		if !chosen && len(group.members) > 0 {
			open = append(open, group)
		}
	}
	return open
}

// variants lists, by the folder that holds them, the subfolders that are
// variants of each other and hold candidates.
func (d *detector) variants(root *folder) map[string][]string {
	named := map[string]int{} // subfolders that are named after environments
	seen := map[string]bool{}
	for _, c := range d.candidates {
		for _, dir := range steps(root.dir, c.dir) {
			if !seen[dir] && isEnvironment(path.Base(dir)) {
				named[path.Dir(dir)]++
			}
			seen[dir] = true
		}
	}
	groups := map[string][]string{}
	for _, c := range d.candidates {
		for _, dir := range steps(root.dir, c.dir) {
			parent, name := path.Dir(dir), path.Base(dir)
			alike := isEnvironment(name) && (named[parent] > 1 || c.dir == dir && c.outward)
			if d.variant[dir] || c.decided() || !alike && !holdsVariants(path.Base(parent)) {
				continue
			}
			d.variant[dir] = true
			groups[parent] = append(groups[parent], name)
		}
	}
	return groups
}

// childOn is the name of parent's subfolder that dir is or lies in, "" when it
// lies elsewhere.
func childOn(parent, dir string) string {
	if dir == parent || !within(dir, parent) {
		return ""
	}
	if parent != "." {
		dir = strings.TrimPrefix(dir, parent+"/")
	}
	name, _, _ := strings.Cut(dir, "/")
	return name
}

// holdsVariants says that a folder's subfolders are variants of each other.
func holdsVariants(name string) bool {
	switch name {
	case "overlay", "overlays", "environment", "environments", "env", "envs", "clusters":
		return true
	}
	return false
}

// isEnvironment says that a folder's name is that of an environment.
func isEnvironment(name string) bool {
	switch name {
	case "dev", "develop", "development", "test", "testing", "qa", "int", "integration", "uat", "stage", "stg",
		"staging", "preprod", "pre-prod", "prd", "prod", "production", "live", "local", "sandbox":
		return true
	}
	return false
}

func sortedDirs(groups map[string][]string) []string {
	dirs := make([]string, 0, len(groups))
	for dir := range groups {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	return dirs
}
