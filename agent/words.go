package agent

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/sync/apply"
)

// fieldManager of everything that the agent writes for itself.
const fieldManager = "spotguide"

// short is a revision as people read it: main@1a2b3c4, or 1a2b3c4 of a commit
// that no branch or tag led to.
func short(revision string) string {
	ref, commit, ok := strings.Cut(revision, "sha1:")
	if !ok || len(commit) < 7 {
		return revision
	}
	return ref + commit[:7]
}

// sameRevision tells whether what a person wrote names a revision: whole, or
// its commit's first seven digits or more.
func sameRevision(written, revision string) bool {
	_, commit, _ := strings.Cut(revision, "sha1:")
	if _, digits, ok := strings.Cut(written, "sha1:"); ok {
		written = digits
	}
	return len(written) >= 7 && strings.HasPrefix(commit, written)
}

// summary counts changes: "2 created, 1 configured".
func summary(changes []apply.Change) string {
	counts := map[apply.Action]int{}
	for _, c := range changes {
		counts[c.Action]++
	}
	var words []string
	for _, action := range []apply.Action{apply.Created, apply.Configured, apply.Recreated, apply.Deleted, apply.Kept} {
		if n := counts[action]; n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, action))
		}
	}
	return strings.Join(words, ", ")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// sameView tells whether a view says nothing new.
func sameView(a, b status.Application) bool {
	return reflect.DeepEqual(a, b)
}

// approved tells whether a person has approved the prune of this revision.
func approved(d desired) bool {
	return d.binding.PruneApproved != "" && sameRevision(d.binding.PruneApproved, d.snapshot.Revision)
}
