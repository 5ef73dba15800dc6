package main

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/detect"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// detected is the form of an application in json and yaml.
type detected struct {
	Name  string `json:"name"`
	Dir   string `json:"dir"`
	Guide string `json:"guide"`
	*guide.Stack
	Composed *guide.Composed   `json:"composed,omitempty"`
	Sources  []guide.Source    `json:"sources,omitempty"`
	Facts    map[string]string `json:"facts,omitempty"`
	Why      []guide.Evidence  `json:"why"`
}

func (f found) document() any {
	applications := make([]detected, 0, len(f.Matches))
	for _, m := range f.Matches {
		stack := m.Stack
		if stack == nil && len(m.Sources) == 1 {
			stack = &m.Sources[0].Stack
		}
		applications = append(applications, detected{m.App, m.Dir, m.Guide, stack, m.Composed, m.Sources, m.Facts, m.Why})
	}
	return struct {
		Applications []detected         `json:"applications"`
		Undecided    []detect.Undecided `json:"undecided,omitempty"`
		Sources      []guide.Source     `json:"sources,omitempty"`
		Notices      []string           `json:"notices,omitempty"`
	}{applications, f.Undecided, f.Sources, f.Notices}
}

// writeMatch shows an application: what it is, then what that was seen from.
func writeMatch(w io.Writer, look table.Look, m guide.Match) error {
	fmt.Fprintf(w, "%s: %s in %s\n", table.Paint(table.Line(m.App), table.Good, look.Colour), m.Guide, table.Line(m.Dir))
	if m.Stack != nil {
		fmt.Fprintf(w, "  %s\n", table.Line(summary(m.Stack)))
	}
	if m.Composed != nil {
		if text := composed(m); text != "" {
			fmt.Fprintf(w, "  %s\n", table.Line(text))
		}
	}
	t := table.Table{Indent: "  "}
	seen := map[string]bool{}
	add := func(text string, e guide.Evidence) {
		if key := text + "\x00" + place(e); !seen[key] {
			seen[key] = true
			t.Rows = append(t.Rows, []table.Cell{{Text: text}, {Text: place(e), Style: table.Faint}})
		}
	}
	for _, e := range m.Why {
		if e.Fact == "guide" && strings.HasPrefix(e.Text, "framework ") {
			continue // told below, with its version
		}
		add(digest.ReplaceAllString(e.Text, "$1"), e)
	}
	for _, s := range m.Sources {
		add("source code in "+s.Dir+": "+summary(&s.Stack), s.Why[0])
	}
	return t.Write(w, look)
}

// digest is that of an image, as much of it as people look at.
var digest = regexp.MustCompile(`(@sha256:[0-9a-f]{7})[0-9a-f]{57}`)

// summary tells in one line what source code is: "python 3.12 service, flask,
// http on 8000, needs postgresql and redis".
func summary(s *guide.Stack) string {
	parts := []string{strings.Join(strings.Fields(s.Language+" "+s.Version+" "+s.Kind), " ")}
	if s.Framework != "" {
		parts = append(parts, s.Framework)
	}
	if len(s.Ports) > 0 {
		parts = append(parts, cmp.Or(s.Protocol, "tcp")+" on "+strconv.Itoa(int(s.Ports[0].Port)))
	}
	var needs []string
	for _, one := range s.Services {
		name := one.Kind
		if one.Optional {
			name += " (optional)"
		}
		needs = append(needs, name)
	}
	if len(needs) > 0 {
		parts = append(parts, "needs "+strings.Join(needs, ", "))
	}
	return strings.Join(parts, ", ")
}

// composed says in a line what a compose file tells of how an application runs,
// beyond what its source code does.
func composed(m guide.Match) string {
	var words []string
	c := m.Composed.Component
	if m.Stack == nil {
		words = append(words, "an image")
		for _, p := range c.Ports {
			words = append(words, fmt.Sprintf("%s on %d", p.Protocol, p.Port))
		}
	}
	if c.Workload == guide.WorkloadJob {
		words = append(words, "runs and ends")
	}
	for _, v := range c.Volumes {
		switch {
		case v.Size != "" || v.Claim != "":
			words = append(words, "keeps "+v.Mount)
		case v.Source != "":
			words = append(words, "is given "+v.Source)
		}
	}
	return strings.Join(words, ", ")
}
