package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// tryKey is the address of what is tried: the folder's content, and a person's
// wish to have it tried now, which counts anew once the repository was looked at.
func tryKey(d desired) string {
	return contentKey(d, []string{d.match.Dir}) + d.binding.SyncRequestedAt + strconv.FormatBool(d.looked)
}

// key is contentKey with where the application stands, and whether pods that are too
// many may go.
func (a *application) key(d desired, inputs []string) string {
	key := contentKey(d, inputs)
	if key == "" {
		return key
	}
	if a.stands != nil {
		key += " " + a.standingKey()
	}
	if a.leaving != nil && a.leaving.vacant {
		key += " " + strings.Join(a.leaving.pods(), " ") + " may go"
	}
	return key
}

// contentKey is the content address of what a rendering reads and of every
// setting that bears on it; empty while nothing was read.
func contentKey(d desired, inputs []string) string {
	if len(inputs) == 0 {
		return ""
	}
	sum := sha256.New()
	b := d.binding
	fmt.Fprintf(sum, "%s\n%s\n%s\n%s\n%t\n%s\n", d.match.Guide, d.match.Dir, b.Environment, b.ServiceAccount, b.Prune, b.PruneApproved)
	if c := d.match.Composed; c != nil {
		// What other files than the inputs say: those of variables.
		if err := json.NewEncoder(sum).Encode(c); err != nil {
			return ""
		}
	}
	for _, path := range withSource(d.match, inputs) {
		hash, ok := d.snapshot.Hash(path)
		if !ok {
			hash = "missing" // which was an input as well
		}
		fmt.Fprintf(sum, "%s %s\n", path, hash)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// withSource adds to what a rendering reads the workspace that its image is made
// of, where that is more than the folder.
func withSource(m guide.Match, inputs []string) []string {
	if m.Stack == nil || m.Stack.Context(m.Dir) == m.Dir {
		return inputs
	}
	return append(slices.Clip(inputs), m.Stack.Workspace)
}
