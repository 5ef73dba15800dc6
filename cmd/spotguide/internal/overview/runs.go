package overview

import (
	"fmt"
	"strings"
	"time"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
)

// Run is a run of an application.
type Run struct {
	Application string `json:"application"`
	status.Run
}

// Runs is a table of them; wide has everything.
func Runs(runs []Run, wide bool, now time.Time) table.Table {
	t := table.Table{Header: []string{"APPLICATION", "AGE", "REVISION", "OUTCOME", "STEPS", "CHANGES", "COMMIT", "WHY"}}
	if wide {
		t.Header = []string{"APPLICATION", "STARTED", "TOOK", "REVISION", "OUTCOME", "STEPS", "CHANGES", "AUTHOR", "COMMIT", "WHY"}
	}
	for _, r := range runs {
		row := []table.Cell{{Text: r.Application}}
		outcome := table.Cell{Text: outcome(r), Style: outcomeStyle(r.Outcome)}
		steps, changes := table.Cell{Text: orDash(stepsIn(r, now))}, table.Cell{Text: orDash(r.Changes)}
		why := table.Cell{Text: status.Brief(r.Reason, 1)}
		if wide {
			row = append(row, table.Cell{Text: r.StartedAt.Format(time.RFC3339)}, table.Cell{Text: took(r, now)}, table.Cell{Text: r.Revision},
				outcome, steps, changes, table.Cell{Text: orDash(r.Author)}, table.Cell{Text: orDash(r.Subject)}, why)
		} else {
			row = append(row, table.Cell{Text: Age(r.StartedAt, now)}, table.Cell{Text: Short(r.Revision)},
				outcome, steps, changes, table.Cell{Text: orDash(commit(r))}, why)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// commitLength is how much of a subject fits beside the rest.
const commitLength = 40

func commit(r Run) string {
	subject := []rune(r.Subject)
	if len(subject) > commitLength {
		subject = append(subject[:commitLength-3], '.', '.', '.')
	}
	if r.Author == "" {
		return string(subject)
	}
	return string(subject) + " (" + r.Author + ")"
}

func outcome(r Run) string {
	if r.Rollback {
		return string(r.Outcome) + ", went back"
	}
	return string(r.Outcome)
}

func outcomeStyle(o status.Outcome) table.Style {
	switch o {
	case status.WasHealthy:
		return table.Good
	case status.WasFailed:
		return table.Bad
	case status.WasRolledOut:
		return table.Careful
	case status.Superseded:
		return table.Faint
	}
	return table.Busy
}

// stepsIn is "test 3s, migrate Failed 1s".
func stepsIn(r Run, now time.Time) string {
	var words []string
	for _, s := range r.Steps {
		words = append(words, s.Name+" "+stepWord(s, now))
	}
	return strings.Join(words, ", ")
}

func stepWord(s status.Step, now time.Time) string {
	switch s.Phase {
	case status.StepSucceeded:
		return s.Took(now).String()
	case status.StepPending:
		return "-"
	}
	return fmt.Sprintf("%s %s", s.Phase, s.Took(now))
}

// took is how long it was until the outcome was known.
func took(r Run, now time.Time) string {
	if !r.EndedAt.IsZero() {
		now = r.EndedAt
	}
	return max(0, now.Sub(r.StartedAt)).Round(time.Second).String()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// stepRows are the steps of the newest revision.
func stepRows(a status.Application, now time.Time) [][]table.Cell {
	var rows [][]table.Cell
	for _, s := range a.Steps {
		style := table.Plain
		switch s.Phase {
		case status.StepSucceeded:
			style = table.Good
		case status.StepFailed:
			style = table.Bad
		case status.StepRunning:
			style = table.Busy
		}
		duration := "-"
		if !s.StartedAt.IsZero() {
			duration = s.Took(now).String()
		}
		rows = append(rows, []table.Cell{{Text: s.Stage}, {Text: s.Name}, {Text: string(s.Phase), Style: style}, {Text: duration}, {Text: s.Message}})
	}
	return rows
}
