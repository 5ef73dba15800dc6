// Package check looks whether a cluster is ready for spotguide, or whether an
// installed one works. Checks come in categories and run in order; each says in
// a few words what it looks at and, when that is not in order, what to do.
package check

import (
	"context"
	"errors"
	"time"
)

// Outcome of a check.
type Outcome string

// The outcomes.
const (
	Passed Outcome = "success"
	Warned Outcome = "warning"
	Failed Outcome = "error"
)

// Check is one thing to look at.
type Check struct {
	Description string
	// Hint says what to do when Run fails.
	Hint string
	// Fatal: nothing after it makes sense when it fails.
	Fatal bool
	// Warning: that it fails is worth knowing, and no more.
	Warning bool
	Run     func(ctx context.Context) error
}

// Category is a named group of checks.
type Category struct {
	Name string
	// Skip tells, when its turn has come, that its checks make no sense; nil is
	// never.
	Skip   func() bool
	Checks []Check
}

// Result of one check.
type Result struct {
	Description string  `json:"description"`
	Outcome     Outcome `json:"result"`
	Error       string  `json:"error,omitempty"`
	Hint        string  `json:"hint,omitempty"`
}

// CategoryResult are the results of a category, as far as its checks were run.
type CategoryResult struct {
	Name   string   `json:"name"`
	Checks []Result `json:"checks"`
}

// Report is what all checks found.
type Report struct {
	Success    bool             `json:"success"`
	Categories []CategoryResult `json:"categories"`
}

// patience is how long one check may take; pause is the time between two tries.
const (
	patience = 10 * time.Second
	pause    = time.Second
)

// Run runs the checks in order until a fatal one fails. One that fails is tried
// again until the deadline, if that is not zero. tell is called with each result
// as it comes, with its category.
func Run(ctx context.Context, categories []Category, deadline time.Time, tell func(category string, r Result)) Report {
	report := Report{Success: true}
	for _, c := range categories {
		if c.Skip != nil && c.Skip() {
			continue
		}
		results := CategoryResult{Name: c.Name, Checks: []Result{}}
		for _, check := range c.Checks {
			r := check.result(check.try(ctx, deadline))
			tell(c.Name, r)
			results.Checks = append(results.Checks, r)
			report.Success = report.Success && r.Outcome != Failed
			if r.Outcome == Failed && check.Fatal {
				report.Categories = append(report.Categories, results)
				return report
			}
		}
		report.Categories = append(report.Categories, results)
	}
	return report
}

// try runs the check, again and again until the deadline while it fails.
func (c Check) try(ctx context.Context, deadline time.Time) error {
	for {
		err := c.once(ctx)
		if err == nil || c.Warning || time.Now().Add(pause).After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

func (c Check) once(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("no answer within "+patience.String()))
	defer cancel()
	err := c.Run(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return context.Cause(ctx)
	}
	return err
}

func (c Check) result(err error) Result {
	r := Result{Description: c.Description, Outcome: Passed}
	if err == nil {
		return r
	}
	r.Outcome, r.Error, r.Hint = Failed, err.Error(), c.Hint
	if c.Warning {
		r.Outcome = Warned
	}
	return r
}
