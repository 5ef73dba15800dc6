package script

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/txtar"
	"sigs.k8s.io/yaml"

	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// start is the time of 0s. Scripts only speak of times after it.
var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Run plays the script and returns every expectation that was not met and every
// line that makes no sense, each with file and line. The name is for errors, and
// promise is the sla.yaml of a script that has none of its own, nil for none.
func Run(c *sla.Compiler, name string, text, promise []byte) error {
	archive := txtar.Parse(text)
	program, err := compile(c, archive, promise)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	r := &run{name: name, program: program}
	lines := bufio.NewScanner(bytes.NewReader(archive.Comment))
	for lines.Scan() {
		r.line++
		line, _, _ := strings.Cut(lines.Text(), "#")
		if words := strings.Fields(line); len(words) > 0 {
			r.report(r.play(words))
		}
	}
	r.report(r.settle())
	return errors.Join(r.errs...)
}

func compile(c *sla.Compiler, archive *txtar.Archive, promise []byte) (*sla.Program, error) {
	i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "sla.yaml" })
	switch {
	case i >= 0:
		promise = archive.Files[i].Data
	case promise == nil:
		return nil, errors.New("there is no `-- sla.yaml --` section with the rules")
	}
	var s guide.SLA
	if err := yaml.UnmarshalStrict(promise, &s); err != nil {
		return nil, fmt.Errorf("sla.yaml: %w", err)
	}
	return c.Program(s)
}

// run is a script being played.
type run struct {
	name    string
	line    int
	errs    []error
	program *sla.Program
	state   sla.State
	world   world

	// at is the line of the last decision, 0 before the first.
	at       int
	decision sla.Decision
	met      []bool // by action: some line expected it
}

func (r *run) report(err error) {
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s:%d: %w", r.name, r.line, err))
	}
}

func (r *run) play(words []string) error {
	switch words[0] {
	case "at":
		return r.decide(words[1:])
	case "expect":
		return r.expect(words[1:])
	case "approve":
		return r.approve(words[1:])
	default:
		return r.world.change(words)
	}
}

// decide settles the decision before and takes the next one.
func (r *run) decide(words []string) error {
	r.report(r.settle())
	if len(words) != 1 {
		return errors.New("want `at TIME`")
	}
	after, err := time.ParseDuration(words[0])
	if err != nil {
		return err
	}
	if err := r.world.advance(start.Add(after)); err != nil {
		return err
	}
	state, err := throughJSON(r.state)
	if err != nil {
		return err
	}
	r.decision = sla.Decide(r.world.Time, r.program, state, r.world.Observation)
	r.state = r.decision.State
	r.at, r.met = r.line, make([]bool, len(r.decision.Actions))
	return nil
}

// settle complains of actions that no line expected.
func (r *run) settle() error {
	var errs []error
	for i, a := range r.decision.Actions {
		if !r.met[i] {
			errs = append(errs, fmt.Errorf("at line %d: unexpected: %s", r.at, describe(a)))
		}
	}
	r.decision.Actions = nil
	return errors.Join(errs...)
}

// expect checks one expectation of the last decision.
func (r *run) expect(words []string) error {
	want := strings.Join(words, " ")
	if len(words) == 2 && words[0] == "wake" {
		return r.expectWake(words[1])
	}
	var got []string
	for i, a := range r.decision.Actions {
		got = append(got, describe(a))
		if describe(a) == want && !r.met[i] {
			r.met[i] = true
			return nil
		}
	}
	for _, p := range r.decision.Pending {
		got = append(got, fmt.Sprintf("%s %s waits %s", p.Rule, p.Target, p.Hold))
	}
	if slices.Contains(got[len(r.decision.Actions):], want) {
		return nil
	}
	return fmt.Errorf("expected %q, got %q", want, got)
}

func (r *run) expectWake(want string) error {
	if r.decision.Wake.IsZero() {
		return fmt.Errorf("expected to wake at %s, no timer runs", want)
	}
	after, err := time.ParseDuration(want)
	if got := r.decision.Wake.Sub(start); err == nil && got != after {
		err = fmt.Errorf("expected to wake at %s, is %s", want, got)
	}
	return err
}

// approve approves of all that a rule was waiting for at the last decision.
func (r *run) approve(words []string) error {
	if len(words) != 1 {
		return errors.New("want `approve RULE`")
	}
	for _, p := range r.decision.Pending {
		if p.Rule == words[0] && p.Hold == sla.HoldApproval {
			r.world.Approved = append(r.world.Approved, p.Approval)
			return nil
		}
	}
	return fmt.Errorf("rule %s does not wait for approval", words[0])
}

// describe writes an action as `expect` lines do.
func describe(a sla.Action) string {
	words := []string{a.Rule, string(a.Kind), a.Target.String()}
	if a.Kind == sla.Scale {
		words = append(words, fmt.Sprint(a.Amount))
	}
	if a.Kind == sla.Expand {
		words = append(words, a.Size)
	}
	if a.Operation != "" {
		words = append(words, a.Operation)
	}
	if a.Revision != "" {
		words = append(words, a.Revision)
	}
	if a.DryRun {
		words = append(words, "dry-run")
	}
	return strings.Join(words, " ")
}

func throughJSON(s sla.State) (out sla.State, err error) {
	b, err := json.Marshal(s)
	if err != nil {
		return out, fmt.Errorf("encode state: %w", err)
	}
	if err := json.Unmarshal(b, &out); err != nil {
		return out, fmt.Errorf("decode state %s: %w", b, err)
	}
	return out, nil
}
