package spotguides

import (
	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/spotguides/kafka/analyze"
)

// Analyzers are those of the guides that bring one, by the guide's name.
func Analyzers() map[string]guide.Analyzer {
	return map[string]guide.Analyzer{"kafka": analyze.New()}
}
