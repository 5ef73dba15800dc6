package operate

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// surgeon operates until it is let go, or stopped.
type surgeon struct {
	mu    sync.Mutex
	said  []string
	let   chan string
	panic bool
}

func (s *surgeon) say(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, what)
}

func (s *surgeon) told() (said []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	said, s.said = s.said, nil
	return said
}

func (s *surgeon) Analyze(context.Context, guide.Analyzed) (map[string]float64, error) {
	return nil, nil
}

func (s *surgeon) Propose(ctx context.Context, o guide.Operated) (string, error) {
	s.say("propose " + o.Operation)
	return "one thing", o.Write(ctx, map[string][]byte{"plan": []byte(o.Operation), "packed": {0xff}})
}

func (s *surgeon) Operate(ctx context.Context, o guide.Operated) (string, error) {
	text := o.Operation + " plan=" + string(o.Books["plan"])
	if o.Resumed {
		text += " resumed"
	}
	if o.Approved {
		text += " approved"
	}
	s.say(text)
	if s.panic {
		panic("what?")
	}
	if err := o.Write(ctx, map[string][]byte{"plan": []byte("of " + o.Operation)}); err != nil {
		return "", err
	}
	o.Tell("half of it")
	select {
	case outcome := <-s.let:
		return outcome, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// ward is a cluster whose agents come and go.
type ward struct {
	t       *testing.T
	client  *fake.Clientset
	surgeon *surgeon
	*Operations
	end func()
}

// agent starts one, in place of the one before.
func (w *ward) agent() {
	if w.end != nil {
		w.end()
	}
	w.Operations = New(w.client, func(string, string) (guide.Analyzed, error) { return guide.Analyzed{}, nil },
		func(string, string) {}, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(w.t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = w.Run(ctx) })
	w.end = func() { stop(); running.Wait() }
	w.Follow("shop", "events", w.surgeon)
	synctest.Wait()
}

func (w *ward) want(what string, want ...string) {
	w.t.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, w.surgeon.told()); diff != "" {
		w.t.Errorf("%s: %s", what, diff)
	}
}

func order(operation, approval string) Order {
	return Order{Namespace: "shop", Application: "events", Operation: operation, Rule: "r", Approval: approval}
}

func in(t *testing.T, run func(w *ward)) {
	synctest.Test(t, func(t *testing.T) {
		w := &ward{t: t, client: fake.NewClientset(), surgeon: &surgeon{let: make(chan string)}}
		w.agent()
		run(w)
		w.end()
	})
}

func (w *ward) begin(o Order) {
	w.t.Helper()
	if _, err := w.Begin(w.t.Context(), o); err != nil {
		w.t.Fatal(err)
	}
}

func (w *ward) over() (texts []string) {
	synctest.Wait()
	for _, e := range w.Ended("shop", "events") {
		text := e.Operation + ": " + e.Outcome
		if e.Err != nil {
			text += e.Err.Error()
		}
		texts = append(texts, text)
	}
	return texts
}

// One operation at a time, and what came of it.
func TestOperation(t *testing.T) {
	in(t, func(w *ward) {
		w.begin(order("repair", ""))
		w.want("begun", "repair plan=")
		if got := w.Busy("shop", "events"); got != "repair is under way: half of it" {
			t.Error(got)
		}
		if _, err := w.Begin(t.Context(), order("fill", "")); err == nil || !strings.Contains(err.Error(), "another operation") {
			t.Error(err)
		}
		if _, err := w.Begin(t.Context(), Order{Namespace: "shop", Application: "cart"}); err == nil || !strings.Contains(err.Error(), "no analyzer") {
			t.Error(err)
		}
		w.surgeon.let <- "done"
		if diff := cmp.Diff([]string{"repair: done"}, w.over()); diff != "" {
			t.Error(diff)
		}
		if got := w.Busy("shop", "events"); got != "" {
			t.Error(got)
		}
		w.surgeon.panic = true
		w.begin(order("fill", ""))
		if diff := cmp.Diff([]string{"fill: analyzer panicked: what?"}, w.over()); diff != "" {
			t.Error(diff)
		}
	})
}

// What is under way when the agent goes is taken up again by the next one, and only
// that.
func TestTakenUp(t *testing.T) {
	in(t, func(w *ward) {
		w.begin(order("repair", ""))
		w.want("begun", "repair plan=")
		w.agent()
		w.want("taken up", "repair plan=of repair resumed")
		w.Follow("shop", "events", nil)
		synctest.Wait()
		if got := w.over(); got != nil {
			t.Error(got)
		}
		w.Follow("shop", "events", w.surgeon)
		w.want("followed again", "repair plan=of repair resumed")
		w.surgeon.let <- "done"
		synctest.Wait()
		w.agent()
		w.want("over")
	})
}

func TestCancelled(t *testing.T) {
	in(t, func(w *ward) {
		if w.Cancel("shop", "events") {
			t.Error("cancelled nothing")
		}
		w.begin(order("repair", ""))
		synctest.Wait()
		if !w.Cancel("shop", "events") {
			t.Error("not cancelled")
		}
		synctest.Wait()
		ended := w.Ended("shop", "events")
		if len(ended) != 1 || !errors.Is(ended[0].Err, guide.ErrCancelled) {
			t.Errorf("%+v", ended)
		}
		w.surgeon.told()
		w.agent()
		w.want("the next agent")
	})
}

// What a person approved of is what is done, or nothing is.
func TestApproved(t *testing.T) {
	in(t, func(w *ward) {
		w.Propose(order("rebalance", "one"))
		w.Propose(order("rebalance", "one"))
		w.want("proposed", "propose rebalance")
		w.Propose(order("rebalance", "one"))
		w.want("once")
		if p, is := w.Proposal(order("rebalance", "one")); !is || p.Outcome != "one thing" {
			t.Error(p, is)
		}
		if _, err := w.Begin(t.Context(), order("rebalance", "two")); err == nil || !strings.Contains(err.Error(), "not there any more") {
			t.Error(err)
		}
		w.agent()
		w.want("a proposal is not taken up")
		w.begin(order("rebalance", "one"))
		w.want("begun", "rebalance plan=rebalance approved")
		w.agent()
		w.want("taken up", "rebalance plan=of rebalance resumed approved")
		w.surgeon.let <- "done"
		synctest.Wait()
		if _, err := w.Begin(t.Context(), order("rebalance", "one")); err == nil {
			t.Error("approved of twice")
		}
	})
}

// Applications share a ConfigMap and leave each other's books alone.
func TestBooks(t *testing.T) {
	in(t, func(w *ward) {
		other := Order{Namespace: "shop", Application: "event", Operation: "fill"}
		if err := w.books.write(t.Context(), other, over, map[string][]byte{"plan": []byte("mine")}); err != nil {
			t.Fatal(err)
		}
		w.Propose(order("rebalance", "one"))
		synctest.Wait()
		m, err := w.client.CoreV1().ConfigMaps("shop").Get(t.Context(), ConfigMap, metav1.GetOptions{})
		if err != nil || m.Data["events.plan"] != "rebalance" || len(m.BinaryData["events.packed"]) != 1 {
			t.Errorf("%v %v %v", err, m.Data, m.BinaryData)
		}
		if err := w.Forget(t.Context(), "shop", "events"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		m, err = w.client.CoreV1().ConfigMaps("shop").Get(t.Context(), ConfigMap, metav1.GetOptions{})
		if err != nil || len(m.Data) != 2 || len(m.BinaryData) != 0 || m.Data["event.plan"] != "mine" {
			t.Errorf("%v %v %v", err, m.Data, m.BinaryData)
		}
	})
}
