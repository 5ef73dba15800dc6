package sla

import (
	"slices"
	"time"
	"unicode/utf8"
)

// Bounds on what State keeps for people.
const (
	journalKept = 20
	pendingKept = 20
	textKept    = 200 // bytes
)

// Entry is an action of the past.
type Entry struct {
	At     time.Time `json:"at"`
	Rule   string    `json:"rule"`
	Kind   Kind      `json:"kind"`
	Target string    `json:"target"`
	Amount int32     `json:"amount,omitempty"`
	// Operation of an operate.
	Operation string `json:"operation,omitempty"`
	DryRun    bool   `json:"dryRun,omitempty"`
	// Reason is what the rule had seen.
	Reason string `json:"reason,omitempty"`
	// Outcome is what carrying it out gave, and later whether it helped; empty
	// when nobody knows, since the agent ended over it.
	Outcome string `json:"outcome,omitempty"`
}

// write enters an action into the journal.
func (s *State) write(now time.Time, a Action) {
	s.Journal = append(s.Journal, Entry{
		At: now, Rule: a.Rule, Kind: a.Kind, Target: a.Target.String(), Amount: a.Amount, Operation: a.Operation, DryRun: a.DryRun, Reason: short(a.Reason),
	})
	if extra := len(s.Journal) - journalKept; extra > 0 {
		s.Journal = slices.Delete(s.Journal, 0, extra)
	}
}

// Note returns the state with what came of an action in its journal. Neither
// state shares the journal with the other.
func (s State) Note(a Action, outcome string) State {
	s.Journal = slices.Clone(s.Journal)
	for i := len(s.Journal) - 1; i >= 0; i-- {
		if e := &s.Journal[i]; e.Rule == a.Rule && e.Kind == a.Kind && e.Target == a.Target.String() {
			e.Outcome = short(outcome)
			break
		}
	}
	return s
}

// show keeps what a person may ask for. A state that has nothing to tell stays
// empty, so that it need not be written down.
func (s *State) show(p *Program, pending []Pending) {
	s.Rules, s.Pending = nil, nil
	for _, one := range pending[:min(len(pending), pendingKept)] {
		one.Message = short(one.Message)
		s.Pending = append(s.Pending, one)
	}
	if len(s.Pending)+len(s.Journal)+len(s.Objectives) > 0 {
		s.Rules = p.names
	}
}

func short(text string) string {
	if len(text) <= textKept {
		return text
	}
	end := textKept - len(" ...")
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + " ..."
}
