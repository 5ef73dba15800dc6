package agent

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/monitor/observe"
	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/sync/drift"
	"github.com/spotguide/spotguide/sync/inventory"
)

// The Deployments that the watch shows, by what they are.
var shown = map[string]string{
	"well":     `{"observedGeneration":1,"replicas":1,"updatedReplicas":1,"readyReplicas":1,"availableReplicas":1,"conditions":[{"type":"Available","status":"True"}]}`,
	"starting": `{"observedGeneration":1,"replicas":1,"updatedReplicas":1,"unavailableReplicas":1}`,
	"broken":   `{"observedGeneration":1,"conditions":[{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded","message":"x"}]}`,
}

// seenVersion is the resource version of all that the watch shows.
const seenVersion = 100

// watching is a Watcher that has seen the Deployments above.
func watching(t *testing.T) *drift.Watcher {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("watch") == "" {
			http.Error(w, "only watches", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		for name, state := range shown {
			fmt.Fprintf(w, `{"type":"ADDED","object":{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":%q,"namespace":"shop","uid":%q,
				"resourceVersion":"%d","generation":1,"labels":{%q:"cart",%q:"shop"}},"spec":{"replicas":1},"status":%s}}`,
				name, name, seenVersion, inventory.LabelApplication, inventory.LabelNamespace, state)
		}
		fmt.Fprintf(w, `{"type":"BOOKMARK","object":{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"resourceVersion":"%d",
			"annotations":{"k8s.io/initial-events-end":"true"}}}}`, seenVersion)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{appsv1.SchemeGroupVersion})
	mapper.Add(appsv1.SchemeGroupVersion.WithKind("Deployment"), meta.RESTScopeNamespace)
	watcher, err := drift.New(&rest.Config{Host: server.URL}, mapper, func(inventory.Owner) {}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- watcher.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		server.Close()
	})
	if err := watcher.Sync(t.Context(), deploymentRef("well")); err != nil {
		t.Fatal(err)
	}
	return watcher
}

func deploymentRef(name string) inventory.Ref {
	return inventory.Ref{Group: "apps", Version: "v1", Kind: "Deployment", Namespace: "shop", Name: name}
}

// judged is an application that owns Deployments and was applied a while ago.
func judged(w *drift.Watcher, owned ...string) *application {
	shop := &tenant{workshop: &workshop{watcher: w, observer: observe.New(fake.NewClientset(), func(string, observe.Ref) {})}, ledger: newLedger("shop"), log: slog.New(slog.DiscardHandler)}
	shop.recorder = newRecorder(nil, nil, nil, shop.log, nil)
	a := &application{workshop: shop.workshop, tenant: shop, owner: inventory.Owner{Namespace: "shop", Application: "cart"}, log: shop.log}
	a.applied.guide = &guide.Guide{}
	a.applied.guide.SLA.Rollout.Deadline.Duration = 5 * time.Minute
	a.applied.guide.SLA.Rollout.Soak.Duration = 30 * time.Second
	a.view.Revision, a.view.Objects = "main@sha1:"+strings.Repeat("a", 40), len(owned)
	for _, name := range owned {
		version := seenVersion
		if name == "unseen" {
			name, version = "well", seenVersion+1 // applied after the watch saw it
		}
		a.record.Committed = append(a.record.Committed, inventory.Entry{Ref: deploymentRef(name), ResourceVersion: fmt.Sprint(version)})
	}
	return a
}

func TestJudge(t *testing.T) {
	w := watching(t)
	for name, test := range map[string]struct {
		owned   []string
		since   time.Duration // for how long it has been unhealthy
		before  func(*application)
		want    status.Phase
		ready   int
		message string // a part of it
	}{
		"nothing owned":       {want: status.Healthy, message: "nothing to apply"},
		"all well":            {owned: []string{"well"}, want: status.Healthy, ready: 1, message: "1 object healthy"},
		"starting":            {owned: []string{"well", "starting"}, want: status.Progressing, ready: 1, message: "Deployment shop/starting"},
		"within the deadline": {owned: []string{"starting"}, since: 4 * time.Minute, want: status.Progressing},
		"past the deadline":   {owned: []string{"starting"}, since: 5 * time.Minute, want: status.Degraded},
		"broken":              {owned: []string{"broken"}, want: status.Degraded, message: "Progress deadline exceeded"},
		"the worst is named":  {owned: []string{"starting", "broken"}, want: status.Degraded, message: "shop/broken: Progress deadline exceeded (and 1 more)"},
		"gone":                {owned: []string{"well", "gone"}, want: status.Progressing, ready: 1, message: "shop/gone: is gone"},
		"not seen yet":        {owned: []string{"unseen"}, want: status.Progressing, message: "not seen since it was applied"},
		"a failure stays":     {owned: []string{"well"}, before: func(a *application) { a.failing = true; a.view.Phase = status.Failed }, want: status.Failed, ready: 1},
		"what is held stays":  {owned: []string{"well"}, before: func(a *application) { a.view.Held = "x"; a.view.Phase = status.Held }, want: status.Held, ready: 1},
		"rolled back": {owned: []string{"well"}, before: func(a *application) {
			a.view.Failed = &status.FailedRevision{Revision: "main@sha1:b", Reason: "crashed"}
		}, want: status.RolledBack, ready: 1, message: "crashed"},
		"pinned":                {owned: []string{"well"}, before: func(a *application) { a.applied.binding.RollbackTo = "aaaaaaa" }, want: status.RolledBack, ready: 1, message: "pinned"},
		"rolled back, degraded": {owned: []string{"broken"}, before: func(a *application) { a.view.Failed = &status.FailedRevision{} }, want: status.RolledBack},
	} {
		t.Run(name, func(t *testing.T) {
			a := judged(w, test.owned...)
			if test.since > 0 {
				a.since = time.Now().Add(-test.since)
			}
			if test.before != nil {
				test.before(a)
			}
			a.judge()
			if a.view.Phase != test.want || a.view.Ready != test.ready || !strings.Contains(a.view.Message, test.message) {
				t.Errorf("%s, %d ready: %q; want %s, %d ready, a message with %q",
					a.view.Phase, a.view.Ready, a.view.Message, test.want, test.ready, test.message)
			}
		})
	}
}

// TestJudgeLooksAgain: nobody wakes an application when a deadline has come, or
// when a revision has proved itself.
func TestJudgeLooksAgain(t *testing.T) {
	w := watching(t)
	for name, test := range map[string]struct {
		owned string
		since time.Duration
		want  time.Duration
	}{
		"starting": {"starting", time.Minute, 4 * time.Minute},
		"soaking":  {"well", 0, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			a := judged(w, test.owned)
			if test.since > 0 {
				a.since = time.Now().Add(-test.since)
			}
			a.judge()
			if wait := time.Until(a.timer); wait > test.want+time.Second/2 || wait < test.want-time.Second/2 {
				t.Errorf("looks again in %s, want %s", wait, test.want)
			}
		})
	}
}

// TestProof: only a revision that stayed healthy for the time of soaking is one
// to go back to.
func TestProof(t *testing.T) {
	w := watching(t)
	a := judged(w, "well")
	a.judge()
	if a.view.LastHealthy != "" {
		t.Error("one look was proof enough")
	}
	a.since = time.Now().Add(-30 * time.Second)
	a.judge()
	if a.view.LastHealthy != a.view.Revision {
		t.Errorf("after soaking, the one to go back to is %q", a.view.LastHealthy)
	}
	proved := a.view.LastHealthy
	a.view.Revision = "main@sha1:" + strings.Repeat("b", 40)
	a.view.Failed = &status.FailedRevision{}
	a.judge()
	if a.view.LastHealthy != proved {
		t.Error("what runs after a rollback has proved the revision that failed")
	}
}

// TestJudgeTellsChanges, each of them once.
func TestJudgeTellsChanges(t *testing.T) {
	w := watching(t)
	a := judged(w, "well")
	for _, owned := range []string{"well", "well", "starting", "starting", "broken", "broken", "well"} {
		a.record.Committed = []inventory.Entry{{Ref: deploymentRef(owned)}}
		a.judge()
	}
	var told []string
	for _, e := range a.view.History {
		told = append(told, e.Reason)
	}
	if diff := cmp.Diff([]string{"Healthy", "Progressing", "Degraded", "Healthy"}, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(told, reasons(a.tenant.ledger.events)); diff != "" {
		t.Errorf("Events are not what the history holds (-history +events):\n%s", diff)
	}
}

// TestRolloutIsAsOldAsItsPods: a rule that asks for the pods of this revision
// compares ages, and a pod's birth is told in whole seconds.
func TestRolloutIsAsOldAsItsPods(t *testing.T) {
	a := &application{}
	a.health.known = true
	a.applied.guide = &guide.Guide{}
	for _, ago := range []time.Duration{0, 300 * time.Millisecond, 999 * time.Millisecond, time.Minute} {
		a.view.AppliedAt = time.Now().Add(-ago)
		born := a.view.AppliedAt.Add(-300 * time.Millisecond).Truncate(time.Second)
		if pod, rollout := int64(time.Since(born)/time.Second), a.rollout().AgeSeconds; pod > rollout {
			t.Errorf("applied %s ago, the rollout is %d s old and its pod %d s", ago, rollout, pod)
		}
	}
}
