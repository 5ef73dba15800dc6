package apply_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spotguide/spotguide/sync/inventory"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestRestore(t *testing.T) {
	l := newLab(t, live(pretend{}))
	watched := strings.Replace(configMap, "name: settings", "name: watched, annotations: {spotguide.dev/drift: warn}", 1)
	set := l.set("r1", configMap, watched, service)
	record := l.applied(set).Record
	l.patch("settings", `{"data":{"colour":"pink"}}`)
	l.must(l.kube.CoreV1().Services(l.ns).Delete(t.Context(), "web", metav1.DeleteOptions{}))
	l.wire.take()

	result, err := l.applier.Restore(t.Context(), set, record.Refs(), l.opt)
	l.must(err)
	want := []string{"ConfigMap settings: configured", "ConfigMap watched: skipped", "Service web: created"}
	if diff := cmp.Diff(want, actions(result)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if sent := l.wire.take(); len(sent) != 2 {
		t.Errorf("restoring two objects took %v", sent)
	}
	m, err := l.kube.CoreV1().ConfigMaps(l.ns).Get(t.Context(), "settings", metav1.GetOptions{})
	l.must(err)
	if m.Data["colour"] != "blue" {
		t.Errorf("colour is %s", m.Data["colour"])
	}
	held, err := l.store.Get(t.Context(), l.owner)
	l.must(err)
	if diff := cmp.Diff(result.Record, held); diff != "" {
		t.Errorf("the next pass starts from another record:\n%s", diff)
	}
	for i, entry := range result.Record.Committed {
		if entry.ID() != record.Committed[i].ID() || entry.Digest != record.Committed[i].Digest {
			t.Errorf("entry %d: %+v", i, entry)
		}
	}
}

// touched is a Live to which every object was touched.
type touched struct{ pretend }

func (touched) Untouched(inventory.Entry) bool { return false }

// What was touched is sent again though nothing changed in the repository,
// unless the mode says to leave it.
func TestDriftModes(t *testing.T) {
	l := newLab(t, live(touched{}))
	own := strings.Replace(configMap, "name: settings", "name: own, annotations: {spotguide.dev/drift: correct}", 1)
	l.applied(l.set("r1", configMap, own))
	for mode, requests := range map[string]int{inventory.DriftCorrect: 2, "": 2, inventory.DriftWarn: 1, inventory.DriftIgnore: 1} {
		l.wire.take()
		l.opt.Drift = mode
		l.applied(l.set("r1", configMap, own))
		if sent := l.wire.take(); len(sent) != requests {
			t.Errorf("mode %q sent %v, want %d requests", mode, sent, requests)
		}
	}
}
