//go:build kafka

package heal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/heal"
)

// TestFinalizeKafka: a cluster that was made by an earlier release is brought to what
// its brokers support, once, and only as was approved of.
func TestFinalizeKafka(t *testing.T) {
	w := &world{t: t, dir: t.TempDir()}
	t.Setenv("KAFKA_DIR", w.dir)
	t.Setenv("KAFKA_PORT", "19690")
	t.Setenv("KAFKA_RELEASE", "4.0")
	t.Cleanup(func() { w.cluster("down") })
	w.seeds = strings.Split(w.cluster("up"), ",")
	var err error
	if w.client, err = admin.Open(admin.Config{Seeds: w.seeds, Timeout: 10 * time.Second}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	w.until("four brokers", func(seen admin.Observation) bool {
		return len(seen.Brokers) == 4 && !fenced(1)(seen) && !fenced(2)(seen) && !fenced(3)(seen) && !fenced(4)(seen)
	})
	release := func() admin.Release {
		seen, err := w.client.Observe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r, err := w.client.Release(t.Context(), seen.Brokers)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	before := release()
	if before.Used == 0 || before.Possible <= before.Used {
		t.Fatalf("a cluster of an earlier release: %+v", before)
	}
	d := &desk{t: t, w: w}
	text, err := d.operator(heal.Finalize, false, false).Propose(t.Context())
	if err != nil || !strings.Contains(text, "metadata.version goes from") || !strings.Contains(string(d.books["summary"]), text) {
		t.Fatalf("%q %v", text, err)
	}
	t.Log(text)
	if now := release(); now != before {
		t.Errorf("a proposal changes it to %+v", now)
	}
	other := d.operator(heal.Finalize, false, true)
	other.Books["summary"] = []byte("metadata.version goes from 1 to 2")
	if _, err := other.Operate(t.Context()); err == nil || !strings.Contains(err.Error(), "has to be approved of") {
		t.Errorf("something else was approved of: %v", err)
	}
	if err := w.client.Finalize(t.Context(), before.Possible+1000, true); err == nil || !strings.Contains(err.Error(), "INVALID_UPDATE_VERSION") {
		t.Errorf("a level that nobody supports: %v", err)
	}
	d.do(d.operator(heal.Finalize, false, true))
	w.until("it is raised", func(admin.Observation) bool { return release().Used == before.Possible })
	if text, err := d.operator(heal.Finalize, false, false).Propose(t.Context()); err != nil || text != "" {
		t.Errorf("there is nothing more to raise: %q %v", text, err)
	}
	d.do(d.operator(heal.Finalize, true, false))
}
