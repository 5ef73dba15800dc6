package table

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func row(texts ...string) []Cell {
	cells := make([]Cell, len(texts))
	for i, text := range texts {
		cells[i].Text = text
	}
	return cells
}

func TestWrite(t *testing.T) {
	for name, test := range map[string]struct {
		table Table
		look  Look
		want  string
	}{
		"columns are as wide as their widest, and what is empty is marked": {
			table: Table{Header: []string{"NAME", "PHASE", "MESSAGE"}, Rows: [][]Cell{row("a", "Healthy", ""), row("longest", "", "text")}},
			want:  "NAME      PHASE     MESSAGE\na         Healthy\nlongest   -         text\n",
		},
		"the last column is cut to the width": {
			table: Table{Rows: [][]Cell{row("name", "0123456789012345678901234567890123456789")}},
			look:  Look{Width: 30},
			want:  "name   0123456789012345678901…\n",
		},
		"a narrow terminal leaves something of the last column": {
			table: Table{Rows: [][]Cell{row("a-rather-long-name", "0123456789012345678901234567890123456789")}},
			look:  Look{Width: 20},
			want:  "a-rather-long-name   012345678901234…\n",
		},
		"colours do not count": {
			table: Table{Rows: [][]Cell{{{Text: "é", Style: Good}, {Text: "x"}}, row("long", "y")}},
			look:  Look{Colour: true},
			want:  "\x1b[32mé\x1b[0m      x\nlong   y\n",
		},
		"what a terminal would obey is taken out": {
			table: Table{Rows: [][]Cell{row("a\x1b[2J\r", "one\ntwo\x07")}},
			want:  "a [2J   one; two\n",
		},
		"it lines up with rows written before": {
			table: Table{Rows: [][]Cell{row("a", "b")}, Indent: "  ", Widths: []int{5}},
			want:  "  a       b\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if err := test.table.Write(&out, test.look); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzLine(f *testing.F) {
	f.Add("a\x1b[31mb\nc")
	f.Add("\xff\u009b2J")
	f.Fuzz(func(t *testing.T, text string) {
		line := Line(text)
		if strings.ContainsAny(line, "\n\r\x1b\u009b") || !utf8.ValidString(line) {
			t.Errorf("%q gives %q", text, line)
		}
		if cut := Cut(line, 10); utf8.RuneCountInString(cut) > 10 {
			t.Errorf("%q is longer than 10", cut)
		}
	})
}
