package sla

import "time"

// Episode is a rule's struggle with one target: it acted and has not been quiet
// for as long as its cooldown since.
type Episode struct {
	// Attempts is how often it acted.
	Attempts int `json:"attempts"`
	// Quiet is since when it has been false, zero while it is not.
	Quiet time.Time `json:"quiet,omitzero"`
	// Excess is how unevenly the component was spread when it acted last.
	Excess int64 `json:"excess,omitempty"`
}

// rest ends the episodes of a rule that has been quiet for long enough where it
// is not loud.
func (s *State) rest(r *rule, loud map[string]bool, now time.Time) {
	for scope, e := range s.Episodes[r.name] {
		switch {
		case loud[scope]:
			e.Quiet = time.Time{}
		case e.Quiet.IsZero():
			e.Quiet = now
		case now.Sub(e.Quiet) >= r.cooldown:
			deleteNested(s.Episodes, r.name, scope)
			continue
		}
		s.Episodes[r.name][scope] = e
	}
}
