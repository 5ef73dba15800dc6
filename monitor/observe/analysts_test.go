package observe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// oracle is an analyzer that answers what it is told to.
type oracle struct {
	mu      sync.Mutex
	figures map[string]float64
	err     error
	asked   int
	last    guide.Analyzed
}

func (o *oracle) Analyze(ctx context.Context, a guide.Analyzed) (map[string]float64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked, o.last = o.asked+1, a
	if o.figures == nil && o.err == nil {
		panic("what?")
	}
	return o.figures, o.err
}

func (o *oracle) say(figures map[string]float64, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.figures, o.err = figures, err
}

// analysts look at an application of which one pod runs on loopback, one ends and
// one is somebody else's.
func analysts(log *strings.Builder) (*Analysts, Target) {
	table := newTable(func(string, Ref) {})
	add := func(namespace, name, owner string, deleted int64) {
		controls := true
		p := newPod(&corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: name, OwnerReferences: []metav1.OwnerReference{{Kind: "StatefulSet", Name: owner, Controller: &controls}}},
			Status:     corev1.PodStatus{Phase: corev1.PodRunning},
		})
		p.delete, p.address = deleted, netip.MustParseAddr("127.0.0.1")
		table.setPod(namespace, p)
	}
	add("shop", "events-0", "events", 0)
	add("shop", "events-1", "events", 1)
	add("shop", "cart-0", "cart", 0)
	add("bank", "events-2", "events", 0)
	secrets := func(_ context.Context, namespace, name string) (map[string][]byte, error) {
		return map[string][]byte{"of": []byte(namespace + "/" + name)}, nil
	}
	a := NewAnalysts(&Observer{table: table, sampler: newSampler(table.endpoints)}, secrets, slog.New(slog.NewTextHandler(log, nil)))
	own := Workload{Ref: Ref{Kind: "StatefulSet", Name: "events"}}
	foreign := Workload{Ref: Ref{Kind: "StatefulSet", Name: "events"}, Namespace: "bank"}
	return a, Target{Namespace: "shop", Application: "events", Workloads: []Workload{own, foreign}}
}

func TestAnalysts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		a, target := analysts(&log)
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = a.Run(ctx) })
		defer running.Wait()
		defer stop()
		metrics := func() map[string]float64 {
			synctest.Wait()
			o, _ := a.Observe(time.Now(), target)
			return o.Metrics
		}
		expect := func(what string, want map[string]float64) {
			t.Helper()
			if diff := cmp.Diff(want, metrics()); diff != "" {
				t.Errorf("%s: %s", what, diff)
			}
		}
		expect("before", nil)
		o := &oracle{figures: map[string]float64{"gone": 1}}
		a.Follow(target, o, nil, 15*time.Second)
		expect("at once", map[string]float64{"gone": 1})
		o.say(map[string]float64{"gone": 2}, nil)
		a.Follow(target, o, nil, 15*time.Second)
		expect("nothing new", map[string]float64{"gone": 1})
		time.Sleep(16 * time.Second)
		expect("after the interval", map[string]float64{"gone": 2})
		o.say(nil, errors.New("nobody answers"))
		time.Sleep(30 * time.Second)
		expect("while it is fresh", map[string]float64{"gone": 2})
		time.Sleep(30 * time.Second)
		expect("not for ever", nil)
		o.say(nil, nil)
		time.Sleep(30 * time.Second)
		expect("after a panic", nil)
		o.say(map[string]float64{"gone": 3}, nil)
		time.Sleep(16 * time.Second)
		expect("again", map[string]float64{"gone": 3})
		a.Follow(target, nil, nil, 0)
		expect("no longer", nil)
		asked := o.asked
		time.Sleep(time.Minute)
		if synctest.Wait(); o.asked != asked {
			t.Error("it is asked although nobody follows it")
		}
		stop()
		running.Wait()
		if n := strings.Count(log.String(), "nobody answers"); n != 1 {
			t.Errorf("a failure is told %d times: %s", n, log.String())
		}
	})
}

// TestAnalystsReach: an analyzer gets at its application's own pods and at its
// namespace's Secrets.
func TestAnalystsReach(t *testing.T) {
	var log strings.Builder
	a, target := analysts(&log)
	o := &oracle{figures: map[string]float64{}}
	a.Follow(target, o, nil, time.Second)
	due, _ := a.due(time.Now())
	for _, one := range due {
		a.analyze(t.Context(), one)
	}
	if !slices.Equal(o.last.Pods, []string{"events-0"}) {
		t.Errorf("pods %v", o.last.Pods)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	conn, err := o.last.Dial(t.Context(), "events-0", port)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	for _, pod := range []string{"events-1", "cart-0", "events-2", "127.0.0.1", ""} {
		if _, err := o.last.Dial(t.Context(), pod, port); err == nil || !strings.Contains(err.Error(), "no running pod of shop/events") {
			t.Errorf("%q: error %v", pod, err)
		}
	}
	if secret, err := o.last.Secret(t.Context(), "admin"); err != nil || string(secret["of"]) != "shop/admin" {
		t.Errorf("secret %s, error %v", secret["of"], err)
	}
}

// TestAnalystsLeaving: pods that are to leave are looked at at once, and a figure that
// was made before does not speak of them.
func TestAnalystsLeaving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, target := analysts(new(strings.Builder))
		a.observer.table.setWorkload("shop", Ref{Kind: "StatefulSet", Name: "events"}, workload{desired: 2})
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = a.Run(ctx) })
		defer running.Wait()
		defer stop()
		o := &oracle{figures: map[string]float64{"held": 0}}
		if _, err := a.Look(ctx, target); err == nil {
			t.Error("what nobody follows is looked at")
		}
		a.Follow(target, o, nil, time.Minute)
		synctest.Wait()
		held := func() string {
			if value, known := a.Leaving(time.Now(), target, "held"); known {
				return fmt.Sprint(value)
			}
			return "unknown"
		}
		if got := held(); got != "0" {
			t.Errorf("nothing leaves: %s", got)
		}
		target.Leaving = []string{"events-1"}
		o.say(map[string]float64{"held": 3}, nil)
		if got := held(); got != "unknown" {
			t.Errorf("before it was looked at: %s", got)
		}
		a.Follow(target, o, nil, time.Minute)
		synctest.Wait()
		if got := held(); got != "3" || !slices.Equal(o.last.Leaving, target.Leaving) || o.last.Replicas["events"] != 2 {
			t.Errorf("looked at: %s, %+v", got, o.last)
		}
		if got, known := a.Leaving(time.Now(), target, "other"); known {
			t.Errorf("a figure that there is not: %v", got)
		}
		o.say(map[string]float64{"held": 0}, nil)
		if now, err := a.Look(ctx, target); err != nil || now["held"] != 0 || held() != "3" {
			t.Errorf("looked at once more: %v %v", now, err)
		}
		o.say(nil, errors.New("nobody answers"))
		time.Sleep(4 * time.Minute)
		synctest.Wait()
		if got := held(); got != "unknown" {
			t.Errorf("a stale figure: %s", got)
		}
	})
}
