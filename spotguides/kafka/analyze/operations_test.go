package analyze_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/spotguides/kafka/heal"
)

// TestOperations: rules may ask for what there is, and for nothing else.
func TestOperations(t *testing.T) {
	g, err := guide.Load(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(heal.Operations(), g.Monitor.Operations); diff != "" {
		t.Error(diff)
	}
}
