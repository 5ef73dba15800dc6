// Package schema holds the JSON Schemas of the four descriptors, generated from
// the types and comments of package guide. Editors complete and check with
// them; `spotguide schema KIND` prints one. They hold for overlays too, so they
// demand only what every file must have; `spotguide validate` demands more.
package schema

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:generate go test -run TestUpToDate -update

//go:embed *.json
var files embed.FS

// Kinds are the kinds of descriptors, sorted.
func Kinds() []string {
	return []string{"Application", "Environment", "Monitor", "SLA"}
}

// Of returns the schema of a kind, whose case does not matter.
func Of(kind string) ([]byte, error) {
	i := slices.IndexFunc(Kinds(), func(k string) bool { return strings.EqualFold(k, kind) })
	if i < 0 {
		return nil, fmt.Errorf("there is no kind %q; the kinds are %s", kind, strings.Join(Kinds(), ", "))
	}
	return files.ReadFile(strings.ToLower(kind) + ".json")
}
