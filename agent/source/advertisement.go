package source

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
)

// advertisement is what a server says about itself: its references and what it
// can do. The zero value is that of an empty repository.
type advertisement struct {
	refs packp.AdvRefs
	head string // full name of the default branch; "" when HEAD is detached or unknown
}

func newAdvertisement(refs *packp.AdvRefs) advertisement {
	a := advertisement{refs: *refs}
	for _, s := range refs.Capabilities.Get(capability.SymRef) {
		if name, ok := strings.CutPrefix(s, "HEAD:"); ok {
			a.head = name
		}
	}
	return a
}

func (a advertisement) empty() bool { return a.refs.Head == nil && len(a.refs.References) == 0 }

func (a advertisement) can(c capability.Capability) bool {
	return a.refs.Capabilities != nil && a.refs.Capabilities.Supports(c)
}

// at returns where a full reference name stands.
func (a advertisement) at(name string) (target, bool) {
	object, ok := a.refs.References[name]
	if !ok {
		return target{}, false
	}
	commit := object
	if peeled, ok := a.refs.Peeled[name]; ok {
		commit = peeled
	}
	return target{name: shortName(name), commit: commit.String(), object: object.String()}, true
}

// commit returns a target for a commit, by way of a reference that stands
// there when there is one.
func (a advertisement) commit(hash string) target {
	for _, name := range a.names("refs/") {
		if t, _ := a.at(name); t.commit == hash {
			return target{commit: hash, object: t.object}
		}
	}
	return target{commit: hash, object: hash}
}

// advertised tells whether the server must hand the object out.
func (a advertisement) advertised(object string) bool {
	if a.refs.Head != nil && a.refs.Head.String() == object {
		return true
	}
	for _, h := range a.refs.References {
		if h.String() == object {
			return true
		}
	}
	return false
}

func (a advertisement) defaultBranch() (target, error) {
	if t, ok := a.at(a.head); ok {
		return t, nil
	}
	if a.refs.Head != nil {
		h := a.refs.Head.String()
		return target{name: "HEAD", commit: h, object: h}, nil
	}
	if a.head != "" {
		return target{}, missing(a.head, a)
	}
	return target{}, &Error{Kind: KindNotFound, Problem: "the repository has no default branch",
		Hint: "name a branch in the annotation spotguide.dev/ref; there are: " + a.branches()}
}

// names returns the sorted reference names with a prefix.
func (a advertisement) names(prefix string) []string {
	var out []string
	for name := range a.refs.References {
		if strings.HasPrefix(name, prefix) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// branches lists some branches for a hint.
func (a advertisement) branches() string {
	names := a.names("refs/heads/")
	if len(names) == 0 {
		return "none"
	}
	more := ""
	if len(names) > 5 {
		more = fmt.Sprintf(" and %d more", len(names)-5)
		names = names[:5]
	}
	for i := range names {
		names[i] = shortName(names[i])
	}
	return foreign(strings.Join(names, ", ")) + more
}

func missing(name string, a advertisement) *Error {
	return &Error{Kind: KindNotFound, Problem: fmt.Sprintf("no branch or tag %s", shortName(name)),
		Hint: "branches there: " + a.branches()}
}

func shortName(name string) string {
	for _, prefix := range []string{"refs/heads/", "refs/tags/"} {
		if s, ok := strings.CutPrefix(name, prefix); ok {
			return s
		}
	}
	return name
}
