package agent

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/agent/source"
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

// TestContentKeyOfComposed: what a compose file says counts, wherever it says it.
func TestContentKeyOfComposed(t *testing.T) {
	key := func(c *guide.Composed) string {
		return contentKey(desired{match: guide.Match{Dir: "shop", Composed: c}, snapshot: &source.Snapshot{}}, []string{"../shop"})
	}
	one, other := &guide.Composed{Service: "shop"}, &guide.Composed{Service: "shop", Component: guide.Component{Env: map[string]string{"A": "b"}}}
	if key(nil) == key(one) || key(one) == key(other) || key(one) != key(&guide.Composed{Service: "shop"}) {
		t.Error("the key does not follow what the compose file says")
	}
}
