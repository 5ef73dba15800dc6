package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/sync/inventory"
)

// office is a recorder and the cluster that it writes to.
type office struct {
	*recorder
	cluster *fake.Clientset
	ledger  *ledger

	mu      sync.Mutex
	refuses string // the resource whose writes fail
	events  int
	settled []status.Phase
}

func newOffice(t *testing.T) *office {
	t.Helper()
	cluster := fake.NewClientset(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}})
	o := &office{cluster: cluster, ledger: newLedger("shop")}
	o.recorder = newRecorder(cluster, inventory.NewStore(cluster.CoreV1()), newGate(1), slog.New(slog.DiscardHandler), func(_ string, p status.Phase) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.settled = append(o.settled, p)
	})
	cluster.PrependReactor("*", "*", func(a clienttesting.Action) (bool, runtime.Object, error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		if a.GetVerb() != "get" && a.GetResource().Resource == o.refuses {
			return true, nil, errors.New("refused by the test")
		}
		if create, ok := a.(clienttesting.CreateAction); ok && a.GetResource().Resource == "events" {
			o.events++
			create.GetObject().(*corev1.Event).Name = fmt.Sprint("spotguide-", o.events) // as the API server does
		}
		return false, nil, nil
	})
	return o
}

func (o *office) refuse(resource string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.refuses = resource
}

// writes are the writes since it was asked last, as "verb resource".
func (o *office) writes() []string {
	var all []string
	for _, a := range o.cluster.Actions() {
		if a.GetVerb() != "get" && a.GetVerb() != "list" {
			all = append(all, a.GetVerb()+" "+a.GetResource().Resource)
		}
	}
	o.cluster.ClearActions()
	return slices.Compact(all)
}

func (o *office) tellAll() {
	o.ledger.write(func(l *ledger) {
		l.apps["cart"] = status.Application{Name: "cart", Phase: status.Healthy, Revision: "main@sha1:abc"}
		l.records["cart"] = record("main@sha1:abc")
		l.states["cart"] = json.RawMessage(`{"n":1}`)
		l.events = append(l.events, newEvent("shop", normal, "Synced", "one"), newEvent("shop", normal, "Healthy", "two"))
	})
}

func TestRecorderWritesWhatChanged(t *testing.T) {
	o := newOffice(t)
	o.tellAll()
	if err := o.write(t.Context(), o.ledger); err != nil {
		t.Fatal(err)
	}
	o.writes()
	namespace, err := o.cluster.CoreV1().Namespaces().Get(t.Context(), "shop", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if namespace.Annotations[binding.Phase] != "Healthy" || namespace.Annotations[binding.Revision] != "main@sha1:abc" {
		t.Errorf("the annotations are %v", namespace.Annotations)
	}
	if err := o.write(t.Context(), o.ledger); err != nil {
		t.Fatal(err)
	}
	if again := o.writes(); len(again) != 0 {
		t.Errorf("nothing was new, and it wrote %v", again)
	}
	o.ledger.write(func(l *ledger) { l.apps["cart"] = status.Application{Name: "cart", Phase: status.Degraded} })
	if err := o.write(t.Context(), o.ledger); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"patch configmaps", "patch namespaces"}, o.writes()); diff != "" {
		t.Errorf("for another phase (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]status.Phase{status.Healthy, status.Healthy, status.Degraded}, o.settled); diff != "" {
		t.Errorf("told others (-want +got):\n%s", diff)
	}
}

// TestRecorderLosesNothing: what was refused is written later, and nothing twice.
func TestRecorderLosesNothing(t *testing.T) {
	for _, resource := range []string{"configmaps", "namespaces", "events"} {
		t.Run(resource, func(t *testing.T) {
			o := newOffice(t)
			o.tellAll()
			o.refuse(resource)
			if err := o.write(t.Context(), o.ledger); err == nil {
				t.Fatal("no error")
			}
			o.refuse("")
			if err := o.write(t.Context(), o.ledger); err != nil {
				t.Fatal(err)
			}
			events, err := o.cluster.CoreV1().Events("shop").List(t.Context(), metav1.ListOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"Synced", "Healthy"}, created(o.cluster)); diff != "" {
				t.Errorf("%d Events (-want +got):\n%s", len(events.Items), diff)
			}
			for name, want := range map[string]string{status.ConfigMap: `"phase":"Healthy"`, monitorConfigMap: `{"n":1}`, "spotguide-inventory": "main@sha1:abc"} {
				cm, err := o.cluster.CoreV1().ConfigMaps("shop").Get(t.Context(), name, metav1.GetOptions{})
				if err != nil || !strings.Contains(strings.Join(slices.Collect(values(cm.Data)), "\n"), want) {
					t.Errorf("%s: %v, %v; want %s", name, cm, err, want)
				}
			}
		})
	}
}

// created are the reasons of the Events that the cluster took, in order.
func created(c *fake.Clientset) []string {
	var all []string
	for _, a := range c.Actions() {
		if create, ok := a.(clienttesting.CreateAction); ok && a.GetResource().Resource == "events" {
			all = append(all, create.GetObject().(*corev1.Event).Reason)
		}
	}
	return slices.Compact(all) // a refused one was tried before
}

func values(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, v := range m {
			if !yield(v) {
				return
			}
		}
	}
}

// TestRecorderWaitsForApplications: what is live comes before what is written
// about it, for a while; and what is due is written even while the agent stops.
func TestRecorderWaitsForApplications(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		if err := o.gate.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			if err := o.Run(ctx); err != nil {
				t.Error(err)
			}
		}()
		o.tellAll()
		o.mark(o.ledger)
		time.Sleep(gathering + patience - time.Millisecond)
		if early := o.writes(); len(early) != 0 {
			t.Errorf("while an application was being applied it wrote %v", early)
		}
		time.Sleep(2 * time.Millisecond)
		if late := o.writes(); len(late) == 0 {
			t.Errorf("after %s nothing was written", gathering+patience)
		}
		o.ledger.write(func(l *ledger) { l.apps["cart"] = status.Application{Name: "cart", Phase: status.Failed} })
		o.mark(o.ledger)
		synctest.Wait()
		cancel()
		<-ended
		if last := o.writes(); len(last) == 0 {
			t.Error("what was due when the agent stopped was not written")
		}
		o.gate.leave()
	})
}

// TestRecorderTriesAgain after a refusal, by itself.
func TestRecorderTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			if err := o.Run(ctx); err != nil {
				t.Error(err)
			}
		}()
		o.refuse("configmaps")
		o.tellAll()
		o.mark(o.ledger)
		time.Sleep(time.Minute)
		o.refuse("")
		time.Sleep(2 * time.Minute)
		if _, err := o.cluster.CoreV1().ConfigMaps("shop").Get(t.Context(), status.ConfigMap, metav1.GetOptions{}); err != nil {
			t.Error(err)
		}
		cancel()
		<-ended
	})
}
