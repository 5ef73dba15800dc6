package overview

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
)

func now() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func revision(digit string) string { return "main@sha1:" + strings.Repeat(digit, 40) }

func shop(phase status.Phase, message string, apps ...status.Application) fleet.Namespace {
	return fleet.Namespace{
		Name: "shop", Annotations: map[string]string{binding.Repository: "https://example.com/shop.git"},
		Status: status.Status{Phase: phase, Message: message, Applications: apps},
	}
}

func app(name string, phase status.Phase, message string) status.Application {
	return status.Application{Name: name, Guide: "helm", Dir: "apps/" + name, Phase: phase, Message: message}
}

func TestRows(t *testing.T) {
	cart := app("cart", status.Healthy, "3 objects healthy")
	for name, test := range map[string]struct {
		namespace fleet.Namespace
		want      []string // path phase message
	}{
		"summed up by its applications": {
			shop(status.Healthy, "1 application healthy", cart),
			[]string{"shop/cart Healthy 3 objects healthy"},
		},
		"by the worst of them": {
			shop(status.Failed, "search: no such file", cart, app("search", status.Failed, "no such file")),
			[]string{"shop/cart Healthy 3 objects healthy", "shop/search Failed no such file"},
		},
		"the repository is gone": {
			shop(status.Failed, "no such host", cart),
			[]string{"shop Failed no such host", "shop/cart Healthy 3 objects healthy"},
		},
		"the repository and an application fail, each in its own way": {
			shop(status.Failed, "no such host", app("cart", status.Failed, "no such file")),
			[]string{"shop Failed no such host", "shop/cart Failed no such file"},
		},
		"nothing found": {
			shop(status.Failed, "no application found"),
			[]string{"shop Failed no application found"},
		},
		"no agent": {
			shop("", ""),
			[]string{"shop Pending no agent has looked at it yet; `spotguide check` tells whether one runs"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, r := range Rows([]fleet.Namespace{test.namespace}) {
				got = append(got, r.Path()+" "+string(r.Phase)+" "+r.Message)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUnseenNamesWhatIsWrong(t *testing.T) {
	n := shop("", "")
	n.Annotations[binding.Interval] = "often"
	if row, _ := ownRow(n); !strings.Contains(row.Message, binding.Interval) {
		t.Errorf("the message is %q", row.Message)
	}
}

func TestTable(t *testing.T) {
	cart := app("cart", status.Degraded, "first\nsecond\nthird")
	cart.Revision, cart.Objects, cart.Ready = revision("1"), 3, 1
	cart.ChangedAt = metav1.NewTime(now().Add(-90 * time.Minute))
	rows := Rows([]fleet.Namespace{shop(status.Degraded, "cart: first\nsecond\nthird", cart, app("search", status.Healthy, "healthy"))})
	for name, test := range map[string]struct {
		columns Columns
		want    string
	}{
		"short": {Columns{}, `
APPLICATION   GUIDE   REVISION       PHASE      READY   CHANGED   MESSAGE
cart          helm    main@1111111   Degraded   1/3     90m       first (and 2 more)
search        helm    -              Healthy    -       -
`},
		"wide": {Columns{Namespaces: true, Wide: true}, `
NAMESPACE   APPLICATION   GUIDE   FOLDER        ENVIRONMENT   FROM             REVISION                                             PHASE      READY   CHANGED   MESSAGE
shop        cart          helm    apps/cart     -             default branch   main@sha1:1111111111111111111111111111111111111111   Degraded   1/3     90m       first; second; third
shop        search        helm    apps/search   -             default branch   -                                                    Healthy    -       -         healthy
`},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			laid := Table(rows, test.columns, now())
			if err := laid.Write(&out, table.Look{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, "\n"+out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestChanged(t *testing.T) {
	before := Rows([]fleet.Namespace{shop(status.Progressing, "x", app("a", status.Healthy, ""), app("b", status.Progressing, "x"), app("c", status.Healthy, ""))})
	after := Rows([]fleet.Namespace{shop(status.Healthy, "", app("a", status.Healthy, ""), app("b", status.Healthy, ""), app("d", status.Healthy, ""))})
	var got []string
	for _, r := range Changed(before, after) {
		got = append(got, r.Path()+" "+string(r.Phase))
	}
	if diff := cmp.Diff([]string{"shop/b Healthy", "shop/d Healthy", "shop/c Removed"}, got); diff != "" {
		t.Error(diff)
	}
	if again := Changed(after, after); again != nil {
		t.Errorf("nothing has changed, but %v", again)
	}
}

func TestWorst(t *testing.T) {
	rows := Rows([]fleet.Namespace{shop(status.Degraded, "y",
		app("a", status.Healthy, ""), app("b", status.RolledBack, "x"), app("c", status.Degraded, "y"), app("d", status.Degraded, "z"))})
	if worst, ok := Worst(rows); !ok || worst.Name != "c" {
		t.Errorf("the worst is %q", worst.Name)
	}
	if worst, ok := Worst(rows[:1]); ok {
		t.Errorf("%s is healthy", worst.Name)
	}
}

func TestWaitsFor(t *testing.T) {
	const before, token, after = "2026-03-01T12:00:00.5Z", "2026-03-01T12:00:01Z", "2026-03-01T12:00:01.000000001Z"
	healthy := app("cart", status.Healthy, "")
	for name, test := range map[string]struct {
		handled string
		phase   status.Phase
		apps    []status.Application
		want    string
	}{
		"no agent":                {"", "", nil, "an agent to look at it"},
		"an earlier wish":         {before, status.Healthy, []status.Application{healthy}, "the agent to look at the repository"},
		"a repository that fails": {before, status.Failed, nil, "the agent to look at the repository, which so far fails: message"},
		"this one":                {token, status.Healthy, []status.Application{healthy}, ""},
		"a later one":             {after, status.Healthy, []status.Application{healthy}, ""},
		"what is under way":       {token, status.Progressing, []status.Application{healthy, app("db", status.Progressing, "1 of 2")}, "db (Progressing: 1 of 2)"},
		"a failure beside it":     {token, status.Failed, []status.Application{app("a", status.Failed, "x"), app("db", status.Syncing, "y")}, "db (Syncing: y)"},
		"no applications so far":  {token, status.Pending, nil, "the namespace (Pending: message)"},
		"a failure is settled":    {token, status.Failed, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			n := shop(test.phase, "message", test.apps...)
			n.Status.SyncHandled = test.handled
			if got := WaitsFor(n, token); got != test.want {
				t.Errorf("waits for %q instead of %q", got, test.want)
			}
		})
	}
}

func TestResolve(t *testing.T) {
	candidates := []Candidate{
		{Revision: "main@sha1:abcd" + strings.Repeat("1", 36)},
		{Revision: "main@sha1:abcd" + strings.Repeat("2", 36)},
		{Revision: "v2@sha1:" + strings.Repeat("3", 40)},
	}
	whole := strings.Repeat("9", 40)
	for written, want := range map[string]string{
		"abcd1":             candidates[0].Revision,
		"main@abcd222":      candidates[1].Revision,
		"3333333":           candidates[2].Revision,
		"v2@sha1:3333333":   candidates[2].Revision,
		"abcd":              "error: give more digits",
		"dev@3333333":       "error: not in the history",
		"333":               "error: not in the history",
		"":                  "error: not in the history",
		whole:               whole,
		"dev@sha1:" + whole: "dev@sha1:" + whole,
	} {
		got, err := Resolve(written, candidates)
		if wrong, isError := strings.CutPrefix(want, "error: "); isError {
			if err == nil || !strings.Contains(err.Error(), wrong) {
				t.Errorf("%q gives %q, %v instead of an error with %q", written, got, err, wrong)
			}
		} else if got != want || err != nil {
			t.Errorf("%q gives %q, %v instead of %q", written, got, err, want)
		}
	}
}

// Every phase that a person can do something about has advice.
func TestAdvice(t *testing.T) {
	for _, phase := range []status.Phase{
		status.Failed, status.Degraded, status.Held, status.RolledBack, status.Pending, status.Syncing, status.Progressing, status.Suspended,
	} {
		if len(Advice("shop", app("cart", phase, ""))) == 0 {
			t.Errorf("no advice for %s", phase)
		}
	}
	if got := Advice("shop", app("cart", status.Healthy, "")); got != nil {
		t.Errorf("advice for what is healthy: %v", got)
	}
}
