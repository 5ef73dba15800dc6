package dockerfile

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// leading is the number that a version or a constraint begins with.
var leading = regexp.MustCompile(`\d+(\.\d+)*`)

// choose finds the version of the base image: the newest that fits what is
// wanted, be it a version or a constraint. What none fits is told.
func (l language) choose(wanted string) (version, notice string) {
	if len(l.Versions) == 0 {
		return "", ""
	}
	usual := l.Versions[0]
	if l.Preferred != "" {
		usual = l.Preferred
	}
	if wanted == "" {
		return usual, ""
	}
	if exact := leading.FindString(wanted); l.Least && exact == wanted {
		wanted = ">=" + exact
	}
	if fits(wanted, usual) && strings.ContainsAny(wanted, "<>*x|") {
		return usual, ""
	}
	for _, v := range l.Versions {
		if fits(wanted, v) {
			return v, ""
		}
	}
	return usual, fmt.Sprintf("there is no base image for version %q; %s is taken", wanted, usual)
}

// fits tells whether a release line such as 3.12 holds a version that is wanted.
// The line stands for all its versions, so its newest is tried as well as its
// first.
func fits(wanted, line string) bool {
	if exact := leading.FindString(wanted); exact == strings.TrimLeft(wanted, "v=") && exact != "" {
		return exact == line || strings.HasPrefix(exact, line+".") || strings.HasPrefix(line, exact+".")
	}
	constraint, err := semver.NewConstraint(strings.ReplaceAll(wanted, "~=", "~"))
	if err != nil {
		exact := leading.FindString(wanted)
		return exact != "" && (exact == line || strings.HasPrefix(exact, line+"."))
	}
	newest := line + strings.Repeat(".999", 2-strings.Count(line, "."))
	for _, candidate := range []string{line, newest} {
		if v, err := semver.NewVersion(candidate); err == nil && constraint.Check(v) {
			return true
		}
	}
	return false
}
