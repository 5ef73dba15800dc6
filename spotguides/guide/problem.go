package guide

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a descriptor, and where.
type Problem struct {
	// File is slash-separated, relative to the folder that was read.
	File string `json:"file"`
	// Line and Column count from 1; 0 when the file as a whole is meant.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Path names the field: rules[crash-loop].for.
	Path string `json:"path,omitempty"`
	// Message says what is wrong.
	Message string `json:"message"`
	// Hint says what to do about it; may be empty.
	Hint string `json:"hint,omitempty"`
}

// Place is file:line:column, as far as it is known.
func (p Problem) Place() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Error is the whole problem on one line.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Place() + ": ")
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		b.WriteString("; " + p.Hint)
	}
	return b.String()
}

// Problems is everything that is wrong with a guide or an overlay, in the order
// of files and lines. It is the error that Load and Overlay return for bad
// descriptors, so errors.As finds it; never empty as an error.
type Problems []Problem

// Error has one line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// In returns the problems with dir put before every file name.
func (ps Problems) In(dir string) Problems {
	moved := slices.Clone(ps)
	for i := range moved {
		moved[i].File = path.Join(dir, moved[i].File)
	}
	return moved
}

// err is the sorted problems as an error, nil when there are none.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	order := func(a, b Problem) int {
		return strings.Compare(
			fmt.Sprintf("%s\x00%09d\x00%09d", a.File, a.Line, a.Column),
			fmt.Sprintf("%s\x00%09d\x00%09d", b.File, b.Line, b.Column))
	}
	slices.SortStableFunc(ps, order)
	return ps
}
