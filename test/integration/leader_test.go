package integration

import (
	"strings"
	"syscall"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/status"
)

// TestChangeOfLeader kills the agent that leads: the one that stands by takes
// over what there is, applies nothing again and does nothing twice.
func TestChangeOfLeader(t *testing.T) {
	w := newWorld(t)
	good := fill(deployment, "cart", "good")
	ns := w.namespace(w.repository("cart", map[string]string{"cart.yaml": good, "config.yaml": fill(configMap, "config", "one")}))
	w.config.LeaderElect, w.config.LeaseNamespace, w.config.LeaseName = true, ns, "leader"
	first := w.agent()
	w.untilPhase(ns, status.Healthy)
	w.config.Data = t.TempDir()
	second := w.agent()

	w.commit("cart", "bad", map[string]string{
		"cart.yaml": strings.Replace(good, "annotations: {", `annotations: {simulate.spotguide.dev/crash: "true", `, 1),
	})
	w.nudge(ns)
	before := w.untilPhase(ns, status.RolledBack)
	live := w.deployment(ns, "cart")
	config, err := w.client.CoreV1().ConfigMaps(ns).Get(t.Context(), "config", metav1.GetOptions{})
	w.must(err)
	if strings.Contains(second.log.String(), "namespace followed") {
		t.Fatal("the agent that stands by works")
	}

	first.stop(syscall.SIGKILL)
	after := w.look(ns)
	if !strings.Contains(second.log.String(), "namespace followed") {
		t.Error("somebody else has answered")
	}
	if after.Phase != status.RolledBack || after.Revision != before.Revision || after.Applications[0].Failed == nil {
		t.Errorf("after the change it is %s at %s", after.Phase, after.Revision)
	}
	for _, reason := range []string{"RolledBack", "Synced"} {
		if was, is := tells(before, reason, ""), tells(after, reason, ""); was != is {
			t.Errorf("%s was told %d times before and %d after", reason, was, is)
		}
	}
	now, err := w.client.CoreV1().ConfigMaps(ns).Get(t.Context(), "config", metav1.GetOptions{})
	w.must(err)
	if now.ResourceVersion != config.ResourceVersion || w.deployment(ns, "cart").Generation != live.Generation {
		t.Errorf("applied again: the ConfigMap from %s to %s, the Deployment from generation %d to %d",
			config.ResourceVersion, now.ResourceVersion, live.Generation, w.deployment(ns, "cart").Generation)
	}
	fixed := w.commit("cart", "fixed", map[string]string{"cart.yaml": fill(deployment, "cart", "fixed")})
	w.nudge(ns)
	w.untilHealthyAt(ns, fixed)
}
