package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// History holds the newest runs of an application, newest last.
type History []status.Run

// Last is the newest run, nil when there is none. It is valid until the next
// Begin.
func (h History) Last() *status.Run {
	if len(h) == 0 {
		return nil
	}
	return &h[len(h)-1]
}

// Of is the run whose steps stand for a content at a revision: one of the same
// revision, which may have been left for another and come again, or the newest
// that was no rollback, which a commit that changed nothing goes on with.
func (h History) Of(revision, content string) *status.Run {
	newest := true
	for i := len(h) - 1; i >= 0; i-- {
		r := &h[i]
		if r.Rollback || r.Content == "" {
			continue
		}
		if r.Content == content && (newest || r.Revision == revision) {
			return r
		}
		newest = false
	}
	return nil
}

// Begin appends a run and forgets the oldest beyond status.RunLimit. What was
// under way is superseded.
func (h *History) Begin(r status.Run) *status.Run {
	if last := h.Last(); last != nil && last.Outcome == status.Underway {
		last.Outcome, last.EndedAt = status.Superseded, r.StartedAt
	}
	*h = append(*h, r)
	if n := len(*h) - status.RunLimit; n > 0 {
		*h = slices.Clone((*h)[n:])
	}
	return h.Last()
}

// Clone is a copy that shares nothing with h.
func (h History) Clone() History {
	if h == nil {
		return nil
	}
	copied := make(History, len(h))
	for i, r := range h {
		copied[i] = r.Clone()
	}
	return copied
}

// Plan is what a run has to go through.
func Plan(application, content string, steps []guide.Step, stage guide.Stage) []status.Step {
	var planned []status.Step
	for _, s := range steps {
		planned = append(planned, status.Step{
			Name: s.Name, Stage: string(stage), Phase: status.StepPending, Job: JobName(application, s.Name, content, ""),
		})
	}
	return planned
}

// Retry lets the steps that failed be run again under a person's wish; those that
// succeeded are not.
func Retry(application string, r *status.Run, asked string) {
	for i := range r.Steps {
		if s := &r.Steps[i]; s.Phase == status.StepFailed {
			*s = status.Step{Name: s.Name, Stage: s.Stage, Phase: status.StepPending, Job: JobName(application, s.Name, r.Content, asked)}
		}
	}
	r.Asked = asked
}

// JobName is the same for the same content and wish.
func JobName(application, step, content, asked string) string {
	const hashLength, most = 10, 63
	sum := sha256.Sum256([]byte(strings.Join([]string{application, step, content, asked}, "\x00")))
	name := application + "-" + step
	if longest := most - hashLength - 1; len(name) > longest {
		name = strings.TrimRight(name[:longest], "-.")
	}
	return name + "-" + hex.EncodeToString(sum[:])[:hashLength]
}

// The most that the histories of a namespace and of one application take up, in
// bytes. The API server refuses a ConfigMap of more than 1 MiB.
const (
	maxAll = 900 << 10
	maxOne = 24 << 10
)

// Encode is the history as the ConfigMap holds it, where so many applications
// share the room: what is too large loses its longer messages, then its oldest
// runs. The newest always stays, shortened.
func Encode(h History, applications int) (string, error) {
	room := min(maxOne, maxAll/max(applications, 1))
	kept := h.Clone()
	for short := false; ; short = true {
		document, err := json.Marshal(kept)
		if err != nil {
			return "", fmt.Errorf("encode history: %w", err)
		}
		if len(document) <= room || len(kept) <= 1 {
			return string(document), nil
		}
		if !short {
			shorten(kept)
			continue
		}
		kept = kept[1:]
	}
}

// shorten leaves the first lines of what a run says.
func shorten(h History) {
	for i := range h {
		h[i].Reason = status.Brief(h[i].Reason, 1)
		for j := range h[i].Steps {
			h[i].Steps[j].Message = status.Brief(h[i].Steps[j].Message, 1)
		}
	}
}
