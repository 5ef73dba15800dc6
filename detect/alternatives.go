package detect

import (
	"path"
	"slices"
)

// chooseAlternatives keeps one guide's candidates where several ways to deploy
// the same folder were found. With charts/shop taken for the repository, deploy/
// and all that lies in it are other ways to do the same.
func (d *detector) chooseAlternatives(root *folder) {
	best := map[string]*candidate{} // by the folder that is spoken for
	for _, c := range d.candidates {
		home := d.home(root, c.dir)
		if b := best[home]; !c.decided() && (b == nil || c.guide.detect.Priority > b.guide.detect.Priority) {
			best[home] = c
		}
	}
	left := map[string]*candidate{}
	d.candidates = slices.DeleteFunc(d.candidates, func(c *candidate) bool {
		if c.decided() {
			return false
		}
		other := best[d.home(root, c.dir)]
		if c.guide.detect.Priority == other.guide.detect.Priority {
			other = overruled(root, c, best)
		}
		if other != nil {
			left[way(root, c, other)] = other
		}
		return other != nil
	})
	for dir, b := range left {
		d.notice(dir, "left out, since %s (%s) is a way to deploy the same; choose by path or by a %s",
			b.dir, b.guide.name, ownFile)
	}
}

// overruled returns the candidate that was taken for the folder which c's
// topmost deploy/, k8s/ or the like would speak for too.
func overruled(root *folder, c *candidate, best map[string]*candidate) *candidate {
	for _, dir := range steps(root.dir, c.dir) {
		if isGeneric(path.Base(dir)) {
			if b := best[path.Dir(dir)]; b != nil && b.dir != path.Dir(dir) && !within(b.dir, dir) {
				return b
			}
			return nil
		}
	}
	return nil
}

// way is the topmost folder on the way to c that other does not lie in: all
// below it is left out for other's sake.
func way(root *folder, c, other *candidate) string {
	for _, dir := range steps(root.dir, c.dir) {
		if !within(other.dir, dir) {
			return dir
		}
	}
	return c.dir
}
