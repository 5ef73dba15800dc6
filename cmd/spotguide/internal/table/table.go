// Package table lays text out in columns for a person: aligned, coloured where
// that is wanted, and never wider than the terminal.
package table

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Style is what a cell means; colours follow from it.
type Style int

// The styles.
const (
	Plain Style = iota
	Good
	Busy
	Careful
	Bad
	Faint
)

// Cell is one entry of a row.
type Cell struct {
	Text  string
	Style Style
}

// Table is a header and rows of as many cells. Without a header, only the rows
// are written.
type Table struct {
	Header []string
	Rows   [][]Cell
	// Indent is written before each line.
	Indent string
	// Widths are what columns had when rows above were written; Write widens
	// them. A table that grows as time goes by hands them on.
	Widths []int
}

// Look says how a table is shown.
type Look struct {
	// Width that lines have to fit in, by cutting the last column; 0 is any.
	Width  int
	Colour bool
}

const (
	gap = "   "
	// narrowest is what the last column keeps however narrow the terminal is.
	narrowest = 16
)

// Write writes the table.
func (t *Table) Write(w io.Writer, look Look) error {
	rows := t.clean()
	t.widen(rows)
	out := bufio.NewWriter(w)
	for _, row := range rows {
		fmt.Fprintln(out, strings.TrimRight(t.line(row, look), " "))
	}
	return out.Flush()
}

func (t *Table) line(row []Cell, look Look) string {
	var line strings.Builder
	line.WriteString(t.Indent)
	used := utf8.RuneCountInString(t.Indent)
	for i, cell := range row {
		if i < len(row)-1 {
			padding := t.Widths[i] - utf8.RuneCountInString(cell.Text)
			line.WriteString(Paint(cell.Text, cell.Style, look.Colour) + strings.Repeat(" ", padding) + gap)
			used += t.Widths[i] + len(gap)
			continue
		}
		if look.Width > 0 {
			cell.Text = Cut(cell.Text, max(look.Width-used, narrowest))
		}
		line.WriteString(Paint(cell.Text, cell.Style, look.Colour))
	}
	return line.String()
}

// clean is header and rows with one-line texts and "-" for empty ones; what ends
// a row stays empty.
func (t *Table) clean() [][]Cell {
	var rows [][]Cell
	if len(t.Header) > 0 {
		header := make([]Cell, len(t.Header))
		for i, text := range t.Header {
			header[i] = Cell{Text: text}
		}
		rows = append(rows, header)
	}
	for _, row := range t.Rows {
		cleaned := make([]Cell, len(row))
		for i, cell := range row {
			cleaned[i] = Cell{Text: Line(cell.Text), Style: cell.Style}
			if cleaned[i].Text == "" && i < len(row)-1 {
				cleaned[i] = Cell{Text: "-", Style: Faint}
			}
		}
		rows = append(rows, cleaned)
	}
	return rows
}

func (t *Table) widen(rows [][]Cell) {
	for _, row := range rows {
		for i, cell := range row {
			if i == len(t.Widths) {
				t.Widths = append(t.Widths, 0)
			}
			t.Widths[i] = max(t.Widths[i], utf8.RuneCountInString(cell.Text))
		}
	}
}

// Line makes one line of a text. Control characters go: texts come from
// repositories and containers, and a terminal obeys what it is told.
func Line(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "\n", "; ")
	return Printable(s)
}

// Printable replaces control characters other than line breaks.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
}

// Cut shortens a text to at most width characters, the last one saying so.
func Cut(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:width-1]) + "…"
}

// Paint colours a text by its style, if colours are wanted.
func Paint(s string, style Style, colour bool) string {
	if !colour || style == Plain || s == "" {
		return s
	}
	codes := map[Style]string{Good: "32", Busy: "36", Careful: "33", Bad: "31", Faint: "2"}
	return "\x1b[" + codes[style] + "m" + s + "\x1b[0m"
}
