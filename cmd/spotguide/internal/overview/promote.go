package overview

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/source"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// Promotion is what is promoted into a namespace.
type Promotion struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace"`
	// From is the namespace, or the environment whose revision is approved.
	From     string `json:"from"`
	Revision string `json:"revision"`
	// Previous is what the namespace runs now.
	Previous string `json:"previous,omitempty"`
	// Health of the revision in the source: healthy, or not known to be healthy.
	Health string `json:"health"`
	// Between are the revisions that ran in the source since Previous, newest
	// first, as far as its history reaches.
	Between []Candidate `json:"between,omitempty"`
	// Undone is the revision that a person had rolled the namespace back to.
	Undone string `json:"undone,omitempty"`
	// Unchanged: the namespace follows that revision already.
	Unchanged bool `json:"unchanged,omitempty"`
	DryRun    bool `json:"dryRun,omitempty"`
}

// Asked is what a person asks to have promoted.
type Asked struct {
	Application, Revision string
	// Force does not ask for health.
	Force bool
}

// The words of Promotion.Health.
const (
	healthy = "healthy"
	unknown = "not known to be healthy"
)

// Approve is the promotion of what waits for a person.
func Approve(to fleet.Namespace, asked Asked) (Promotion, error) {
	waits := to.Status.Promotion
	if waits == nil || waits.Waiting == "" {
		why := ""
		if waits != nil && waits.Message != "" {
			why = ": " + waits.Message
		}
		return Promotion{}, fmt.Errorf("nothing waits to be promoted to %s%s: name the namespace to promote from with --from", to.Name, why)
	}
	if asked.Revision != "" && !names(asked.Revision, waits.Waiting) {
		return Promotion{}, fmt.Errorf("%s waits in %s, not %s: name the namespace where that is healthy with --from",
			Short(waits.Waiting), to.Name, asked.Revision)
	}
	return promotion(to, waits.Environment, waits.Waiting, healthy), nil
}

// Promote is the promotion of what is healthy in another namespace.
func Promote(to, from fleet.Namespace, asked Asked) (Promotion, error) {
	if a, b := repository(to), repository(from); a != b {
		return Promotion{}, fmt.Errorf("%s follows %s and %s follows %s: a revision of one says nothing of the other",
			to.Name, source.Redact(a), from.Name, source.Redact(b))
	}
	if a, b := folder(to), folder(from); a != b && !asked.Force {
		return Promotion{}, fmt.Errorf("%s follows the folder %s and %s follows %s, so health there says nothing: --force promotes all the same",
			to.Name, a, from.Name, b)
	}
	revision, health, err := chosen(from, asked)
	if err != nil {
		return Promotion{}, err
	}
	if health != healthy && !asked.Force {
		return Promotion{}, fmt.Errorf("%s is not known to be healthy in %s: wait for `spotguide status -n %s`, or promote it all the same with --force",
			Short(revision), from.Name, from.Name)
	}
	p := promotion(to, from.Name, revision, health)
	p.Between = between(from, p.Previous, revision)
	return p, nil
}

func promotion(to fleet.Namespace, from, revision, health string) Promotion {
	p := Promotion{
		APIVersion: guide.APIVersion, Kind: "Promotion", Namespace: to.Name, From: from, Revision: revision,
		Previous: to.Status.Revision, Health: health, Undone: to.Annotations[binding.RollbackTo],
	}
	if s := to.Status.Promotion; s != nil && s.Revision != "" {
		p.Previous = s.Revision
	}
	p.Unchanged = to.Annotations[binding.Promoted] == revision && p.Undone == ""
	return p
}

// chosen is the revision that a person means, and its health in the source.
func chosen(from fleet.Namespace, asked Asked) (revision, health string, err error) {
	good := proven(from, asked.Application)
	if asked.Application != "" && !slices.ContainsFunc(from.Status.Applications, func(a status.Application) bool { return a.Name == asked.Application }) {
		return "", "", fmt.Errorf("namespace %s has no application %q: `spotguide status -n %s` lists them", from.Name, asked.Application, from.Name)
	}
	switch {
	case asked.Revision != "":
		candidates := append(Candidates(from), Candidate{Revision: settled(from)})
		if revision, err = Resolve(asked.Revision, candidates); err != nil {
			return "", "", fmt.Errorf("namespace %s: %w", from.Name, err)
		}
	case len(good) > 0:
		revision = good[0]
	case asked.Force && settled(from) != "":
		revision = settled(from)
	default:
		return "", "", fmt.Errorf("namespace %s is %s%s: name an application, whose last healthy revision is promoted, or a --revision",
			from.Name, from.Status.Phase, told(from))
	}
	if slices.ContainsFunc(good, func(g string) bool { return names(revision, g) || names(g, revision) }) {
		return revision, healthy, nil
	}
	return revision, unknown, nil
}

func told(n fleet.Namespace) string {
	if n.Status.Message == "" {
		return ""
	}
	return " (" + status.Brief(n.Status.Message, 1) + ")"
}

// proven are the revisions that are known to be healthy in a namespace, the one
// to promote first: what all of it runs, or what one application ran last.
func proven(n fleet.Namespace, application string) (good []string) {
	all := len(n.Status.Applications) > 0
	for _, a := range n.Status.Applications {
		all = all && a.Phase == status.Healthy
	}
	if all && application == "" {
		good = append(good, settled(n))
	}
	for _, a := range n.Status.Applications {
		if a.LastHealthy != "" && (a.Name == application || len(n.Status.Applications) == 1) {
			good = append(good, a.LastHealthy)
		}
	}
	for _, c := range Candidates(n) {
		if slices.Contains(c.Healthy, application) || application == "" && len(c.Healthy) == len(n.Status.Applications) {
			good = append(good, c.Revision)
		}
	}
	return slices.DeleteFunc(good, func(r string) bool { return r == "" })
}

// settled is the newest revision that the whole namespace has taken up.
func settled(n fleet.Namespace) string {
	if n.Status.Settled != nil {
		return n.Status.Settled.Revision
	}
	return n.Status.Revision
}

// between are the revisions of the source's history after one and up to another.
func between(from fleet.Namespace, after, to string) []Candidate {
	all := Candidates(from)
	start := slices.IndexFunc(all, func(c Candidate) bool { return c.Revision == to }) + 1
	end := slices.IndexFunc(all, func(c Candidate) bool { return c.Revision == after })
	if end < start {
		return nil
	}
	return all[start:end]
}

func repository(n fleet.Namespace) string {
	return strings.TrimSuffix(strings.TrimRight(n.Annotations[binding.Repository], "/"), ".git")
}

func folder(n fleet.Namespace) string {
	if b, err := binding.Parse(n.Name, n.Annotations); err == nil {
		return b.Path
	}
	return n.Annotations[binding.Path]
}
