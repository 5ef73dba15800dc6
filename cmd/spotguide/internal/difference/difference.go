// Package difference writes what applying would change as a unified diff.
package difference

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pmezard/go-difflib/difflib"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/inventory"
)

// nothing stands for an object that is not there, before or after.
const nothing = "nothing"

// context is how many lines are shown around a change.
const context = 3

// Changed are the differences that applying would make: neither what stays as it
// is nor what failed.
func Changed(all []apply.Difference) []apply.Difference {
	return slices.DeleteFunc(slices.Clone(all), func(d apply.Difference) bool {
		return d.Action == apply.Unchanged || d.Action == apply.Failed || d.Action == apply.Skipped
	})
}

// Name is Kind/namespace/name, or Kind/name for one without a namespace.
func Name(ref inventory.Ref) string {
	if ref.Namespace == "" {
		return ref.Kind + "/" + ref.Name
	}
	return ref.Kind + "/" + ref.Namespace + "/" + ref.Name
}

// WriteNames writes a line for each difference: its object and what happens to it.
func WriteNames(w io.Writer, all []apply.Difference) error {
	for _, d := range all {
		if _, err := fmt.Fprintln(w, Name(d.Ref), d.Action); err != nil {
			return err
		}
	}
	return nil
}

// Write writes each difference with a head line and its changed lines.
func Write(w io.Writer, all []apply.Difference, colour bool) error {
	out := bufio.NewWriter(w)
	for i, d := range all {
		if i > 0 {
			fmt.Fprintln(out)
		}
		head := Name(d.Ref) + " " + string(d.Action)
		if d.Note != "" {
			head += ": " + d.Note
		}
		fmt.Fprintln(out, table.Paint(table.Line(head), style(d.Action), colour))
		if err := writeLines(out, d, colour); err != nil {
			return fmt.Errorf("compare %s: %w", d.Ref, err)
		}
	}
	return out.Flush()
}

func writeLines(w io.Writer, d apply.Difference, colour bool) error {
	before, err := lines(d.Before)
	if err != nil {
		return err
	}
	after, err := lines(d.After)
	if err != nil {
		return err
	}
	if d.Action == apply.Kept {
		return nil // it stays as it is; only its owner changes
	}
	text, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{
		A: before, B: after, Context: context,
		FromFile: live(d), ToFile: origin(d),
	})
	if err != nil {
		return err
	}
	for line := range strings.Lines(text) {
		line = table.Printable(strings.TrimSuffix(line, "\n"))
		fmt.Fprintln(w, table.Paint(line, lineStyle(line), colour))
	}
	return nil
}

func live(d apply.Difference) string {
	if d.Before == nil {
		return nothing
	}
	return "live"
}

// origin says where the object is written.
func origin(d apply.Difference) string {
	if d.After == nil {
		return nothing
	}
	return d.Origin
}

func lines(object *unstructured.Unstructured) ([]string, error) {
	if object == nil {
		return nil, nil
	}
	raw, err := yaml.Marshal(object.Object)
	if err != nil {
		return nil, err
	}
	return slices.Collect(strings.Lines(string(raw))), nil
}

func style(a apply.Action) table.Style {
	switch a {
	case apply.Created:
		return table.Good
	case apply.Deleted, apply.Recreated:
		return table.Bad
	default:
		return table.Careful
	}
}

func lineStyle(line string) table.Style {
	switch {
	case strings.HasPrefix(line, "---"), strings.HasPrefix(line, "+++"), strings.HasPrefix(line, "@@"):
		return table.Faint
	case strings.HasPrefix(line, "+"):
		return table.Good
	case strings.HasPrefix(line, "-"):
		return table.Bad
	}
	return table.Plain
}

// Document is the machine-readable form of a difference.
type Document struct {
	inventory.Ref
	Action apply.Action               `json:"action"`
	Origin string                     `json:"origin,omitempty"`
	Note   string                     `json:"note,omitempty"`
	Before *unstructured.Unstructured `json:"before,omitempty"`
	After  *unstructured.Unstructured `json:"after,omitempty"`
}

// Documents are the machine-readable forms.
func Documents(all []apply.Difference) []Document {
	documents := []Document{}
	for _, d := range all {
		documents = append(documents, Document{
			Ref: d.Ref, Action: d.Action, Origin: d.Origin, Note: d.Note, Before: d.Before, After: d.After,
		})
	}
	return documents
}
