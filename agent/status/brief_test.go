package status

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestBrief(t *testing.T) {
	for _, test := range []struct {
		text  string
		lines int
		want  string
	}{
		{"", 1, ""},
		{"one", 1, "one"},
		{"one\ntwo", 2, "one\ntwo"},
		{"one\ntwo\nthree", 1, "one (and 2 more)"},
		{"one\ntwo\nthree", 2, "one\ntwo\n(and 1 more)"},
		{"one\ntwo\n(and 7 more)", 2, "one\ntwo\n(and 7 more)"},
		{"one\ntwo\n(and 7 more)", 1, "one (and 8 more)"},
		{"one (and 7 more)", 1, "one (and 7 more)"},
	} {
		if diff := cmp.Diff(test.want, Brief(test.text, test.lines)); diff != "" {
			t.Errorf("%q in %d lines (-want +got):\n%s", test.text, test.lines, diff)
		}
	}
}

func TestBriefCutsLongLinesBetweenCharacters(t *testing.T) {
	for shift := range 3 {
		got := Brief(strings.Repeat("x", shift)+strings.Repeat("€", 1000), 1)
		if !utf8.ValidString(got) || len(got) > lineBytes || !strings.HasSuffix(got, "€ ...") {
			t.Errorf("shifted by %d it ends with %q", shift, got[len(got)-10:])
		}
	}
}

// TestEncodeFits: the API server takes what the agent has to tell, however much
// that is, and the newest and first of it stay.
func TestEncodeFits(t *testing.T) {
	long := strings.Repeat("m", lineBytes)
	var s Status
	for i := range 200 {
		a := Application{Name: fmt.Sprintf("app-%d", i), Message: strings.Repeat(long+"\n", MessageLines) + "the end"}
		for n := range HistoryLimit {
			a.Remember(Entry{Reason: fmt.Sprint(n), Message: Brief(a.Message, EntryLines)})
		}
		s.Applications = append(s.Applications, a)
		s.Notices = append(s.Notices, fmt.Sprint(i))
	}
	document, err := Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	if len(document) > MaxDocument {
		t.Errorf("%d bytes are more than %d", len(document), MaxDocument)
	}
	var got Status
	if err := json.Unmarshal(document, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Applications) != 200 || got.Applications[199].Message != long+" (and 20 more)" {
		t.Errorf("of the last application there is left %q", got.Applications[len(got.Applications)-1].Message)
	}
	if s.Applications[0].History[0].Reason != "0" || !strings.HasSuffix(s.Applications[0].Message, "the end") {
		t.Error("the status itself was changed")
	}
}

func TestEncodeKeepsTheNewestHistory(t *testing.T) {
	a := Application{Name: "a", Message: "fails"}
	for n := range HistoryLimit {
		a.Remember(Entry{Reason: fmt.Sprint(n), Message: strings.Repeat("m", 50<<10)})
	}
	document, err := Encode(Status{Applications: []Application{a}})
	if err != nil {
		t.Fatal(err)
	}
	var got Status
	if err := json.Unmarshal(document, &got); err != nil {
		t.Fatal(err)
	}
	history := got.Applications[0].History
	if len(history) != 5 || history[4].Reason != fmt.Sprint(HistoryLimit-1) {
		t.Errorf("%d entries are left", len(history))
	}
}
