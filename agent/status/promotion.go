package status

import "time"

// Settled is the newest revision that every application of a namespace has taken
// up, healthy or not. Unlike Status.Revision it also moves with commits from
// which nothing is applied here.
type Settled struct {
	Revision string `json:"revision"`
	// Tree is the content address of what the namespace follows.
	Tree        string    `json:"tree"`
	CommittedAt time.Time `json:"committedAt"`
}

// Promotion is what a namespace follows that is fed with revisions which were
// healthy elsewhere.
type Promotion struct {
	// Environment that the rule promotes from; empty without a rule.
	Environment string `json:"environment,omitempty"`
	// From is where Revision was promoted from: the environment, or what a person
	// has named. Empty for what ran before there was a rule.
	From string `json:"from,omitempty"`
	// Revision that is followed, empty while nothing has come; since At.
	Revision    string    `json:"revision,omitempty"`
	CommittedAt time.Time `json:"committedAt,omitzero"`
	At          time.Time `json:"at,omitzero"`
	// ByHand: a person has promoted it, not the rule.
	ByHand bool `json:"byHand,omitempty"`
	// Previous is the revision that was followed before.
	Previous string `json:"previous,omitempty"`
	// Waiting is the revision that waits for a person to promote it.
	Waiting string `json:"waiting,omitempty"`
	// Message says why nothing newer is followed; empty when there is nothing.
	Message string `json:"message,omitempty"`
}

// Origin says in words where the revision comes from; empty when nothing has
// come.
func (p *Promotion) Origin() string {
	switch {
	case p == nil || p.Revision == "" || p.From == "" && !p.ByHand:
		return ""
	case p.From == "":
		return "promoted by hand"
	case p.ByHand:
		return "promoted by hand from " + p.From
	}
	return "promoted from " + p.From
}
