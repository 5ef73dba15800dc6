package main

import (
	"fmt"
	"io"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/monitor/objective"
	"github.com/spotguide/spotguide/monitor/sla"
)

// explainObjectives tells how objectives stand.
func explainObjectives(w io.Writer, objectives []status.Objective, s sla.State, look table.Look) error {
	t := table.Table{Header: []string{"OBJECTIVE", "TARGET", "KEPT", "BUDGET LEFT", "BURN RATES", "STATE"}}
	for _, o := range objectives {
		seen, style := s.Objectives[o.Name], table.Plain
		f, state := seen.Figures, "keeps"
		switch {
		case seen.Spent:
			state, style = "spent", table.Bad
		case seen.Severity() != "":
			state, style = "burns: "+seen.Severity(), table.Careful
		case f.Left == nil:
			state, style = "not known", table.Careful
		}
		if f.Missing != "" {
			state += ": " + f.Missing
		}
		t.Rows = append(t.Rows, []table.Cell{
			{Text: o.Name}, {Text: fmt.Sprintf("%v%% in %s", o.Target, o.Window)}, {Text: figure("%.3f%%", f.Kept, 1)},
			{Text: figure("%.1f%%", f.Left, 100), Style: style}, {Text: burnRates(seen)}, {Text: state, Style: style},
		})
	}
	if len(t.Rows) == 0 {
		return nil
	}
	if err := t.Write(w, look); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// burnRates are those over the long windows: "0.4 in 1h, 15.0! in 6h".
func burnRates(s objective.State) string {
	text := ""
	for i, b := range s.Figures.Burns {
		if i > 0 {
			text += ", "
		}
		text += figure("%.1f", b.Long, 1)
		if i < len(s.Alerts) && s.Alerts[i].On {
			text += "!"
		}
		text += " in " + b.Over
	}
	return text
}

func figure(format string, v *float64, times float64) string {
	if v == nil {
		return "?"
	}
	return fmt.Sprintf(format, *v*times)
}
