package check

import (
	"fmt"
	"io"
	"strings"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
)

// Writer writes results for a person as they come.
type Writer struct {
	Out    io.Writer
	Colour bool
	// Short leaves out what passed.
	Short bool

	category string
}

// Write writes one result, with its category's name before the first one.
func (w *Writer) Write(category string, r Result) {
	if w.Short && r.Outcome == Passed {
		return
	}
	if category != w.category {
		if w.category != "" {
			fmt.Fprintln(w.Out)
		}
		fmt.Fprintf(w.Out, "%s\n%s\n", category, strings.Repeat("-", len(category)))
		w.category = category
	}
	sign, style := "√", table.Good
	switch r.Outcome {
	case Warned:
		sign, style = "‼", table.Careful
	case Failed:
		sign, style = "×", table.Bad
	}
	fmt.Fprintf(w.Out, "%s %s\n", table.Paint(sign, style, w.Colour), r.Description)
	for line := range strings.Lines(r.Error) {
		fmt.Fprintf(w.Out, "    %s\n", table.Line(line))
	}
	if r.Hint != "" {
		fmt.Fprintf(w.Out, "    hint: %s\n", r.Hint)
	}
}

// Verdict is the last line.
func (w *Writer) Verdict(r Report) {
	if w.category != "" {
		fmt.Fprintln(w.Out)
	}
	text := table.Paint("√", table.Good, w.Colour)
	if !r.Success {
		text = table.Paint("×", table.Bad, w.Colour)
	}
	fmt.Fprintln(w.Out, "Status check results are", text)
}
