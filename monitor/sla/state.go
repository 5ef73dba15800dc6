package sla

import (
	"maps"
	"slices"
	"time"

	"github.com/spotguide/spotguide/monitor/objective"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// State is what Decide has to remember of one application. The zero State knows
// nothing. It is a value: Decide never changes the one it was given.
type State struct {
	// Holding says since when a rule's expression has been true, by rule and
	// target, for rules with a `for`.
	Holding map[string]map[string]time.Time `json:"holding,omitempty"`
	// Acted holds the times of past actions, oldest first, by rule and by what
	// their budget counts for; only those that a budget or cooldown still needs.
	Acted map[string]map[string][]time.Time `json:"acted,omitempty"`
	// RollingBack is a failed revision to be rolled back. Until another one is
	// seen to run, it may not have come to that (the agent died), and the rule
	// tries again after its cooldown.
	RollingBack string `json:"rollingBack,omitempty"`
	// RolledBack are the failed revisions that were given up, oldest first.
	RolledBack []string `json:"rolledBack,omitempty"`
	// Touched is when the last action that touches the cluster was decided.
	Touched time.Time `json:"touched,omitzero"`
	// Episodes are the rules that acted, by rule and scope, and have not been
	// quiet for long enough since.
	Episodes map[string]map[string]Episode `json:"episodes,omitempty"`
	// Asked says since when a rule waits for a person, by rule and target.
	Asked map[string]map[string]time.Time `json:"asked,omitempty"`
	// Restarted holds the times of restarts by whatever rule, oldest first, by
	// workload, where there is a budget for them.
	Restarted map[string][]time.Time `json:"restarted,omitempty"`
	// Scaling is what the monitor's own autoscaling remembers, by workload.
	Scaling map[string]Scaling `json:"scaling,omitempty"`
	// Objectives is what has been counted for objectives, by name.
	Objectives map[string]objective.State `json:"objectives,omitempty"`

	// Growing is what the growth of volumes remembers, by claim.
	Growing map[string]Growing `json:"growing,omitempty"`

	// Journal holds the last actions, oldest first, for people.
	Journal []Entry `json:"journal,omitempty"`
	// Rules are all that were looked at last, and Pending those that were held
	// back, for people.
	Rules   []string  `json:"rules,omitempty"`
	Pending []Pending `json:"pending,omitempty"`
}

// rolledBackKept bounds State.RolledBack.
const rolledBackKept = 20

// clone copies what hold, record and the like change in place. Times later than
// now, left by a clock that was wrong, become now, so that they end.
func (s State) clone(now time.Time) State {
	past := func(t time.Time) time.Time {
		if t.After(now) {
			return now
		}
		return t
	}
	s.Holding = cloneNested(s.Holding, past)
	passed := func(times []time.Time) []time.Time {
		times = slices.Clone(times)
		for i, t := range times {
			times[i] = past(t)
		}
		return times
	}
	s.Acted = cloneNested(s.Acted, passed)
	s.Restarted = maps.Clone(s.Restarted)
	for scope, times := range s.Restarted {
		s.Restarted[scope] = passed(times)
	}
	s.RolledBack = slices.Clone(s.RolledBack)
	s.Touched = past(s.Touched)
	s.Asked = cloneNested(s.Asked, past)
	s.Episodes = cloneNested(s.Episodes, func(e Episode) Episode {
		e.Quiet = past(e.Quiet)
		return e
	})
	s.Journal = slices.Clone(s.Journal)
	s.Scaling = maps.Clone(s.Scaling)
	s.Objectives = maps.Clone(s.Objectives)
	s.Growing = maps.Clone(s.Growing)
	for claim, g := range s.Growing {
		s.Growing[claim] = Growing{At: past(g.At), Told: past(g.Told)}
	}
	return s
}

func cloneNested[V any](m map[string]map[string]V, cloneValue func(V) V) map[string]map[string]V {
	out := maps.Clone(m)
	for rule, inner := range out {
		inner = maps.Clone(inner)
		for key, v := range inner {
			inner[key] = cloneValue(v)
		}
		out[rule] = inner
	}
	return out
}

// hold starts the timer of a rule and target, unless it runs, and returns since
// when it has.
func (s *State) hold(rule, target string, now time.Time) time.Time {
	if since, ok := s.Holding[rule][target]; ok {
		return since
	}
	setNested(&s.Holding, rule, target, now)
	return now
}

// rehold starts the timer anew.
func (s *State) rehold(rule, target string, now time.Time) {
	if _, ok := s.Holding[rule][target]; ok {
		s.Holding[rule][target] = now
	}
}

// release stops the timer.
func (s *State) release(rule, target string) { deleteNested(s.Holding, rule, target) }

// record remembers an action of a rule.
func (s *State) record(rule, scope string, now time.Time) {
	setNested(&s.Acted, rule, scope, append(s.Acted[rule][scope], now))
}

// giveUp remembers the revision that was rolled back, once another one runs.
func (s *State) giveUp(running string) {
	if s.RollingBack == "" || s.RollingBack == running {
		return
	}
	s.RolledBack = append(s.RolledBack, s.RollingBack)
	s.RollingBack = ""
	if extra := len(s.RolledBack) - rolledBackKept; extra > 0 {
		s.RolledBack = slices.Delete(s.RolledBack, 0, extra)
	}
}

// forget drops the timers of rules that are gone and of subjects that o does
// not show any more, and past actions that no rule needs.
func (s *State) forget(now time.Time, p *Program, o *guide.Observation) {
	for name, held := range s.Holding {
		var alive map[string]bool
		if r := p.rule(name); r != nil && r.timed() {
			alive = keys(o, r.each)
		}
		for key := range held {
			if !alive[key] {
				deleteNested(s.Holding, name, key)
			}
		}
	}
	for name, asked := range s.Asked {
		var alive map[string]bool
		if r := p.rule(name); r != nil && r.approval {
			alive = keys(o, r.each)
		}
		for key := range asked {
			if !alive[key] {
				deleteNested(s.Asked, name, key)
			}
		}
	}
	for name := range s.Episodes {
		if p.rule(name) == nil {
			delete(s.Episodes, name)
		}
	}
	s.forgetRestarts(now, p, o)
	for name, scopes := range s.Acted {
		r := p.rule(name)
		for scope, times := range scopes {
			times = slices.DeleteFunc(times, func(t time.Time) bool { return r == nil || now.Sub(t) >= r.memory() })
			scopes[scope] = times
			if len(times) == 0 {
				deleteNested(s.Acted, name, scope)
			}
		}
	}
}

func setNested[V any](m *map[string]map[string]V, rule, key string, v V) {
	if *m == nil {
		*m = map[string]map[string]V{}
	}
	if (*m)[rule] == nil {
		(*m)[rule] = map[string]V{}
	}
	(*m)[rule][key] = v
}

func deleteNested[V any](m map[string]map[string]V, rule, key string) {
	delete(m[rule], key)
	if len(m[rule]) == 0 {
		delete(m, rule)
	}
}
