package overview

import (
	"fmt"
	"io"
	"time"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
)

// Details writes all that is known of one application, what to do next last.
func Details(w io.Writer, n fleet.Namespace, a status.Application, look table.Look, now time.Time) error {
	sections := []section{
		{rows: facts(n, a, now)},
		{title: "Why", rows: why(a)},
		{title: "Conditions of the namespace", rows: conditions(n, now)},
		{title: "Steps", rows: stepRows(a, now)},
		{title: "Notices", rows: notices(n, a)},
		{title: "History", rows: history(a, now)},
		{title: "Next", rows: steps(Advice(n.Name, a))},
	}
	for i, s := range sections {
		if len(s.rows) == 0 {
			continue
		}
		if s.title != "" && i > 0 {
			fmt.Fprintf(w, "\n%s:\n", s.title)
		}
		t := table.Table{Rows: s.rows}
		if s.title != "" {
			t.Indent = "  "
		}
		// Whoever asks for details wants whole messages.
		if err := t.Write(w, table.Look{Colour: look.Colour}); err != nil {
			return err
		}
	}
	return nil
}

type section struct {
	title string
	rows  [][]table.Cell
}

func facts(n fleet.Namespace, a status.Application, now time.Time) [][]table.Cell {
	var rows [][]table.Cell
	add := func(label, text string, s table.Style) {
		if text != "" {
			rows = append(rows, []table.Cell{{Text: label + ":"}, {Text: text, Style: s}})
		}
	}
	add("Application", n.Name+"/"+a.Name, table.Plain)
	add("Repository", followed(n.Status), table.Plain)
	add("Environment", n.Status.Environment, table.Plain)
	if p := n.Status.Promotion; p != nil {
		add("Promoted", since(p.Revision, p.Origin(), Age(p.At, now)), table.Plain)
		add("Promotion", p.Message, table.Plain)
	}
	if s := a.Site; s != nil {
		add("Site", fmt.Sprintf("%s, %s by epoch %d", s.Name, s.Role, s.Epoch), table.Plain)
	}
	add("Guide", a.Guide, table.Plain)
	add("Folder", a.Dir, table.Plain)
	add("Revision", since(a.Revision, "applied", Age(a.AppliedAt, now)), table.Plain)
	if a.Failed != nil {
		add("Failed", a.Failed.Revision+": "+a.Failed.Reason, table.Bad)
	}
	add("Last healthy", a.LastHealthy, table.Plain)
	if a.Held != "" {
		add("Held", a.Held+" waits for an approval to delete", table.Careful)
	}
	if a.Frozen != "" {
		add("Held", a.Frozen+" waits for an error budget", table.Careful)
	}
	for _, o := range a.Objectives {
		text, style := objective(o)
		add("Objective", text, style)
	}
	if a.Objects > 0 {
		add("Objects", fmt.Sprintf("%d of %d ready", a.Ready, a.Objects), table.Plain)
	}
	if a.Health != a.Message {
		add("Health", a.Health, table.Plain)
	}
	add("Phase", since(string(a.Phase), "for", Age(a.ChangedAt.Time, now)), style(a.Phase))
	add("Message", a.Message, table.Plain)
	return rows
}

// objective tells how one stands.
func objective(o status.Objective) (string, table.Style) {
	text, style := fmt.Sprintf("%s, %v%% in %s: ", o.Name, o.Target, o.Window), table.Plain
	switch {
	case o.Left == nil:
		text += "error budget not known"
	case *o.Left < 0:
		text += fmt.Sprintf("error budget overspent by %d%%", -*o.Left)
	default:
		text += fmt.Sprintf("%d%% of the error budget left", *o.Left)
	}
	if o.Burning != "" {
		text, style = text+", burns too fast ("+o.Burning+")", table.Careful
	}
	if o.Spent {
		style = table.Bad
	}
	return text, style
}

// budgets is the least that is left of an error budget, for a table.
func budgets(all []status.Objective) (string, table.Style) {
	text, least, style := "", 0, table.Plain
	for _, o := range all {
		if o.Left != nil && (text == "" || *o.Left < least) {
			text, least = fmt.Sprintf("%d%%", *o.Left), *o.Left
		}
		switch {
		case o.Spent:
			style = table.Bad
		case o.Burning != "" && style == table.Plain:
			style = table.Careful
		}
	}
	return text, style
}

// since adds a time to a text that is there: "Healthy (for 5m)".
func since(text, verb, age string) string {
	if text == "" || age == "" {
		return text
	}
	if verb == "for" {
		return text + " for " + age
	}
	return text + ", " + verb + " " + age + " ago"
}

func followed(s status.Status) string {
	text := s.Repository
	if s.Ref != "" {
		text += ", ref " + s.Ref
	}
	if s.RefFrom != "" {
		text += " (" + s.RefFrom + ")"
	}
	if s.Path != "" && s.Path != "." {
		text += ", path " + s.Path
	}
	return text
}

func why(a status.Application) [][]table.Cell {
	var rows [][]table.Cell
	for _, e := range a.Why {
		place := e.File
		if e.Line > 0 {
			place = fmt.Sprintf("%s:%d", e.File, e.Line)
		}
		rows = append(rows, []table.Cell{{Text: e.Fact}, {Text: place}, {Text: e.Text}})
	}
	return rows
}

func conditions(n fleet.Namespace, now time.Time) [][]table.Cell {
	var rows [][]table.Cell
	for _, c := range n.Status.Conditions {
		rows = append(rows, []table.Cell{
			{Text: c.Type}, {Text: string(c.Status)}, {Text: c.Reason},
			{Text: Age(c.LastTransitionTime.Time, now)}, {Text: c.Message},
		})
	}
	return rows
}

func notices(n fleet.Namespace, a status.Application) [][]table.Cell {
	return append(lines(a.Notices), lines(n.Status.Notices)...)
}

func lines(texts []string) [][]table.Cell {
	var rows [][]table.Cell
	for _, text := range texts {
		rows = append(rows, []table.Cell{{Text: text}})
	}
	return rows
}

func history(a status.Application, now time.Time) [][]table.Cell {
	var rows [][]table.Cell
	for _, e := range a.History {
		rows = append(rows, []table.Cell{
			{Text: Age(e.At, now) + " ago"}, {Text: e.Reason}, {Text: Short(e.Revision)}, {Text: e.Message},
		})
	}
	return rows
}
