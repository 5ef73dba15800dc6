package guide_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Large files of the kinds that would take a careless reader for
// ever, are told about in a few words.
func TestBounds(t *testing.T) {
	head := "apiVersion: spotguide.dev/v1\nkind: Application\nname: x\nrender: {engine: helm}\n"
	many := func(format string) string {
		var b strings.Builder
		for i := 0; b.Len() < 1<<17; i++ {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, c := range map[string]struct{ text, want string }{
		"too large":       {head + "description: " + strings.Repeat("x", 1<<20), "is larger than 1048576 bytes"},
		"unknown fields":  {head + many("f%d: 1\n"), "more problems"},
		"one long field":  {head + strings.Repeat("x", 1000) + ": 1\n", "unknown field"},
		"bad components":  {head + "components:\n" + many("- {name: %d, x: 1}\n"), "more problems"},
		"long name":       {head + "guide: " + strings.Repeat("x", 1<<17), "only an application's"},
		"many levels":     {head + "detect: " + strings.Repeat("[", 9000), "not valid YAML"},
		"too many levels": {head + "detect: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "more than 200000 values or 64 levels"},
		"merged over":     {head + "a: &a\n" + many("  k%d: 1\n") + "b: {<<: [*a, *a, *a]}\n", "unknown field"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := guide.Load(fstest.MapFS{"application.yaml": {Data: []byte(c.text)}})
			var problems guide.Problems
			if !errors.As(err, &problems) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %.300v, want %s", err, c.want)
			}
			if told := len(err.Error()); told > 100_000 || len(problems) > 101 {
				t.Errorf("%d problems in %d bytes", len(problems), told)
			}
		})
	}
}
