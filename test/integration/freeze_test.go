package integration

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/monitor/sla"
)

const neverAnswers = `apiVersion: spotguide.dev/v1
kind: SLA
objectives:
- {name: up, target: 99.9, window: 1h, metric: answering, atLeast: 1, freeze: true}
`

const asked = `apiVersion: spotguide.dev/v1
kind: Monitor
interval: 1s
sources:
- {name: answering, component: web, port: 8080, interval: 5s, probe: {}}
`

const web = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "example.com/web:1"}]}
`

// TestSpentBudgetFreezes: nobody answers, which spends the error budget. A new
// revision is held back then, also by the next agent, until a person lets it go.
func TestSpentBudgetFreezes(t *testing.T) {
	w := newWorld(t)
	url := w.repository("shop", map[string]string{
		"web.yaml": web, ".spotguide/sla.yaml": neverAnswers, ".spotguide/monitor.yaml": asked,
	})
	ns := w.namespace(url)
	first := w.agent()
	w.until(ns, "the budget to be spent", func(s status.Status) bool {
		return len(s.Applications) == 1 && len(s.Applications[0].Objectives) == 1 && s.Applications[0].Objectives[0].Spent
	})
	second := w.commit("shop", "second", map[string]string{"web.yaml": web + "  minReadySeconds: 1\n"})
	w.nudge(ns)
	held := w.untilPhase(ns, status.Held).Applications[0]
	first.stop(9)
	w.agent()
	w.until(ns, "the next agent to hold it back too", func(s status.Status) bool {
		return s.Applications[0].Phase == status.Held && s.Applications[0].Revision == held.Revision
	})
	d, err := w.client.AppsV1().Deployments(ns).Get(t.Context(), "web", metav1.GetOptions{})
	w.must(err)
	if d.Spec.MinReadySeconds != 0 {
		t.Error("the revision was applied though it is held back")
	}
	w.annotate(ns, "spotguide.dev/approved", sla.Thaw(ns, held.Name, held.Frozen))
	w.untilHealthyAt(ns, second)
}
