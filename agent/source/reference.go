package source

import (
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Reference says which commit of a repository is meant. The zero Reference is
// the repository's default branch.
type Reference struct {
	text   string
	name   string              // full name of a branch or tag
	short  string              // a name that may be a branch, else a tag
	commit string              // full commit hash
	label  string              // what led to the commit once, for its revision
	semver *semver.Constraints // highest tag within
}

var fullHash = regexp.MustCompile(`^[0-9a-f]{40}$`)

// ParseReference reads a reference: "" or HEAD for the default branch, a branch
// name, tag:NAME or refs/tags/NAME, branch:NAME or refs/heads/NAME,
// semver:RANGE for the highest version tag within it, or a full commit hash.
func ParseReference(s string) (Reference, error) {
	r := Reference{text: s}
	switch prefix, rest, _ := strings.Cut(s, ":"); {
	case s == "" || s == "HEAD":
		r.text = "HEAD"
	case prefix == "semver":
		c, err := semver.NewConstraint(rest)
		if err != nil || strings.TrimSpace(rest) == "" {
			return Reference{}, invalid("reference %q: not a version range; write one such as semver:>=1.2 <2", foreign(s))
		}
		r.semver = c
	case prefix == "tag":
		r.name = "refs/tags/" + rest
	case prefix == "branch":
		r.name = "refs/heads/" + rest
	case strings.HasPrefix(s, "refs/"):
		r.name = s
	case fullHash.MatchString(strings.ToLower(s)):
		r.commit = strings.ToLower(s)
	default:
		r.short = s
	}
	for _, name := range []string{r.name, r.short} {
		if name != "" && !validRefName(name) {
			return Reference{}, invalid("reference %q: not a name that Git allows", foreign(s))
		}
	}
	return r, nil
}

// Pinned is the reference to a revision as Snapshot.Revision names it, such as
// main@sha1:<hash>, or to a full commit hash: always that commit, wherever the
// branch stands. Its snapshots have the same revision.
func Pinned(revision string) (Reference, error) {
	name, hash, found := strings.Cut(revision, "sha1:")
	label, at := strings.CutSuffix(name, "@")
	if !found {
		label, hash = "", revision
	}
	if !fullHash.MatchString(hash) || (found && name != "" && !at) || (label != "" && !validRefName(label)) {
		return Reference{}, invalid("revision %q: write one such as main@sha1: and the full commit hash", foreign(revision))
	}
	return Reference{text: revision, commit: hash, label: label}, nil
}

// validRefName follows git check-ref-format, allowing one level.
func validRefName(name string) bool {
	if len(name) > 255 || strings.HasSuffix(name, ".") || name == "@" || strings.Contains(name, "..") || strings.Contains(name, "@{") {
		return false
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\uFFFD' || strings.ContainsRune(`~^:?*[\`, r) }) {
		return false
	}
	return !slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool {
		return part == "" || strings.HasPrefix(part, ".") || strings.HasPrefix(part, "-") || strings.HasSuffix(part, ".lock")
	})
}

// String is the reference as it was written.
func (r Reference) String() string {
	if r.text == "" {
		return "HEAD"
	}
	return r.text
}

// target is where a reference stands.
type target struct {
	name   string // short name of the branch or tag; "" for a bare commit
	commit string // hash of the commit
	object string // hash to ask the server for: the commit's or an annotated tag's
}

// revision is the form that is shown: main@sha1:<hash>.
func (t target) revision() string {
	if t.name == "" {
		return "sha1:" + t.commit
	}
	return t.name + "@sha1:" + t.commit
}

// find decides which commit of an advertisement the reference means. It is
// pure.
func (r Reference) find(adv advertisement) (target, error) {
	switch {
	case r.commit != "":
		return adv.commit(r.commit), nil
	case r.semver != nil:
		return r.findVersion(adv)
	case r.name != "":
		if t, ok := adv.at(r.name); ok {
			return t, nil
		}
	case r.short != "":
		for _, name := range []string{"refs/heads/" + r.short, "refs/tags/" + r.short} {
			if t, ok := adv.at(name); ok {
				return t, nil
			}
		}
	default:
		return adv.defaultBranch()
	}
	return target{}, missing(r.String(), adv)
}

// findVersion picks the highest version tag in the range; of tags that mean the
// same version, the last by name.
func (r Reference) findVersion(adv advertisement) (target, error) {
	var best *semver.Version
	var name string
	for _, tag := range adv.names("refs/tags/") {
		v, err := semver.NewVersion(strings.TrimPrefix(tag, "refs/tags/"))
		if err == nil && r.semver.Check(v) && (best == nil || !v.LessThan(best)) {
			best, name = v, tag
		}
	}
	if best == nil {
		return target{}, &Error{Kind: KindNotFound, Problem: "no tag is a version within " + r.String(),
			Hint: "push a tag such as v1.2.3, or widen the range; pre-releases match only ranges that name one"}
	}
	t, _ := adv.at(name)
	return t, nil
}
