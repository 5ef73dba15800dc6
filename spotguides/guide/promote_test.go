package guide_test

import (
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/spotguides/guide"
)

const environmentHeader = "apiVersion: spotguide.dev/v1\nkind: Environment\n"

func environmentIn(dir, text string) fstest.MapFS {
	return fstest.MapFS{path.Join(dir, ".spotguide/environment.yaml"): {Data: []byte(environmentHeader + text)}}
}

func TestReadEnvironment(t *testing.T) {
	tree := environmentIn("apps/shop", `resources: {anything: {requests: {cpu: 1}}}
environments:
  dev: {ref: main}
  staging: {ref: "semver:>=1 <2"}
  production:
    promote: {from: staging, after: 10m, approval: true}
`)
	e, err := guide.ReadEnvironment(tree, "apps/shop")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]guide.Settings{
		"dev": {Ref: "main"}, "staging": {Ref: "semver:>=1 <2"},
		"production": {Promote: &guide.Promote{From: "staging", After: metav1.Duration{Duration: 10 * time.Minute}, Approval: true}},
	}
	if diff := cmp.Diff(want, e.Environments); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if e, err := guide.ReadEnvironment(tree, "."); err != nil || len(e.Environments) != 0 {
		t.Errorf("without a file: %+v, %v", e, err)
	}
}

func TestFeedsThatAreWrong(t *testing.T) {
	for text, want := range map[string]string{
		"ref: main":                                                  `environment.yaml:3:6: ref: says nothing of which environment it feeds; write it below environments.NAME`,
		"promote: {from: a}":                                         `environment.yaml:3:10: promote: says nothing of which environment it feeds; write it below environments.NAME`,
		"environments: {a: {ref: 'a b'}}":                            `environment.yaml:3:25: environments.a.ref: "a b" is no name that Git allows`,
		"environments: {a: {ref: 'brunch:x'}}":                       `environments.a.ref: "brunch:x" is no ref; write a branch,`,
		"environments: {a: {ref: 'semver:'}}":                        `environments.a.ref: "semver:" is no ref`,
		"environments:\n  a: {promote: {}}":                          `environment.yaml:4:16: environments.a.promote.from: is missing`,
		"environments:\n  a: {promote: {from: a}}":                   `environment.yaml:4:23: environments.a.promote.from: a cannot be promoted from itself`,
		"environments: {a: {promote: {from: bb}}, b: {}}":            `environments.a.promote.from: there is no environment "bb"; did you mean "b"?`,
		"environments: {a: {promote: {from: b, after: -1s}}, b: {}}": `environments.a.promote.after: must not be negative`,
		"environments: {a: {ref: main, promote: {from: b}}, b: {}}":  `environments.a.ref: the environment has promote as well`,
		"environments:\n  a: {promote: {from: b}}\n  b: {promote: {from: c}}\n  c: {promote: {from: a}}": `environment.yaml:4:23: environments.a.promote.from: ` +
			`a is promoted from b is promoted from c is promoted from a: nothing comes in from outside; give one of them a ref`,
	} {
		_, err := guide.ReadEnvironment(environmentIn(".", text), ".")
		if err == nil || !strings.Contains(err.Error(), ".spotguide/environment.yaml:") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
	}
	// Who waits for a circle further on is in none.
	_, err := guide.ReadEnvironment(environmentIn(".", "environments:\n  a: {promote: {from: b}}\n  b: {promote: {from: c}}\n  c: {promote: {from: b}}\n"), ".")
	if err == nil || strings.Contains(err.Error(), "environments.a.") || strings.Count(err.Error(), "outside") != 2 {
		t.Errorf("got %v", err)
	}
}
