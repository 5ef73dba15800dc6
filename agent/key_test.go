package agent

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// TestWithSource: what shares a workspace's lock file changes with the workspace.
func TestWithSource(t *testing.T) {
	read := []string{"apps/shop"}
	for name, test := range map[string]struct {
		stack *guide.Stack
		want  []string
	}{
		"no source":      {nil, read},
		"alone":          {&guide.Stack{}, read},
		"member":         {&guide.Stack{Workspace: "apps"}, []string{"apps/shop", "apps"}},
		"own Dockerfile": {&guide.Stack{Workspace: "apps", Dockerfile: "Dockerfile"}, read},
	} {
		if diff := cmp.Diff(test.want, withSource(guide.Match{Dir: "apps/shop", Stack: test.stack}, read)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}
