package apply_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/drift"
	"github.com/spotguide/spotguide/sync/inventory"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// watched gives the lab's applier a watcher, as the agent does.
func (l *lab) watched(notify func(inventory.Owner)) *drift.Watcher {
	l.Helper()
	mapper, err := apply.NewMapper(l.cfg)
	l.must(err)
	watcher, err := drift.New(l.cfg, mapper, notify, slog.New(slog.DiscardHandler))
	l.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error)
	go func() { stopped <- watcher.Run(ctx) }()
	l.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			l.Error(err)
		}
	})
	l.restart(live(watcher))
	return watcher
}

// With the watch, what is unchanged and untouched costs nothing, also in a new
// process, and what was touched costs one request.
func TestWatchedApplier(t *testing.T) {
	l := newLab(t)
	touched := make(chan inventory.Owner, 100)
	watcher := l.watched(func(o inventory.Owner) {
		if o == l.owner {
			touched <- o
		}
	})
	set := l.set("r1", configMap, secret, service, deployment)
	l.applied(set)
	record, err := l.store.Get(t.Context(), l.owner)
	l.must(err)
	l.must(watcher.Sync(t.Context(), record.Refs()...))
	settle := func() {
		l.eventually("the watch has caught up", func() bool {
			record, err := l.store.Get(t.Context(), l.owner)
			l.must(err)
			return len(drift.Compare(record.Committed, watcher.Get)) == 0
		})
	}
	settle()
	l.wire.take()
	l.applied(set)
	if sent := l.wire.take(); len(sent) > 0 {
		t.Errorf("nothing changed, but sent %v", sent)
	}

	l.restart(live(watcher))
	l.applied(set)
	if sent := l.wire.take(); len(sent) != 1 || !strings.HasSuffix(sent[0], "/secrets/token") {
		t.Errorf("after a restart sent %v, want the Secret, whose digest is not written down", sent)
	}

	var took []time.Duration
	for i := range 20 {
		for len(touched) > 0 {
			<-touched
		}
		settle()
		_, err := l.kube.AppsV1().Deployments(l.ns).Patch(t.Context(), "web", types.MergePatchType,
			fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, i+1), metav1.PatchOptions{FieldManager: "somebody"})
		l.must(err)
		start := time.Now()
		record, err := l.store.Get(t.Context(), l.owner)
		l.must(err)
		var reports []drift.Report
		for len(reports) == 0 {
			<-touched
			reports = drift.Compare(record.Committed, watcher.Get)
		}
		result, err := l.applier.Restore(t.Context(), set, []inventory.Ref{reports[0].Ref}, l.opt)
		l.must(err)
		took = append(took, time.Since(start))
		if len(result.Changes) != 1 || result.Changes[0].Action != apply.Configured {
			t.Fatalf("restored %v", actions(result))
		}
	}
	slices.Sort(took)
	t.Logf("foreign edit until restored: median %s, worst %s", took[10], took[19])
	live, err := l.kube.AppsV1().Deployments(l.ns).Get(t.Context(), "web", metav1.GetOptions{})
	l.must(err)
	if *live.Spec.Replicas != 0 {
		t.Errorf("%d replicas", *live.Spec.Replicas)
	}
}
