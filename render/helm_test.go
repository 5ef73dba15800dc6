package render

import (
	"testing"

	"github.com/spotguide/spotguide/spotguides/guide"
)

func TestRandomTemplatesAreNoticed(t *testing.T) {
	files := chartFiles(
		configMap+"same\n",
		configMap+"password\ndata:\n  x: {{ randAlphaNum 20 }}\n",
		"apiVersion: v1\nkind: Pod\nmetadata: {name: test-{{ randAlphaNum 20 }}, annotations: {helm.sh/hook: test}}\n",
	)
	result, err := inProcess(t, request(guide.EngineHelm, files, "chart"))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, []string{"chart/templates/b.yaml: random or time-dependent, so it changes with every commit: set the value it makes up"}, result.Notices)
}
