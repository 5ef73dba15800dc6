package agent

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/spotguide/spotguide/monitor/operate"
	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/sync/inventory"
)

// TestLeaving: pods that are too many stay until they were seen to be vacant twice, the
// same ones, and the highest numbers go.
func TestLeaving(t *testing.T) {
	surplus := func(from, to int32) *leaving {
		return &leaving{component: "broker", set: "events-broker", from: from, to: to}
	}
	seen := func(from, to int32) *leaving { l := surplus(from, to); l.vacant = true; return l }
	for name, test := range map[string]struct {
		before, surplus *leaving
		vacant          bool // when looked at once more
		want            string
	}{
		"nothing is too many":        {nil, nil, true, "[]"},
		"too many at first":          {nil, surplus(5, 3), true, "[events-broker-3 events-broker-4]"},
		"not seen to be vacant":      {surplus(5, 3), surplus(5, 3), true, "[events-broker-3 events-broker-4]"},
		"seen, and is":               {seen(5, 3), surplus(5, 3), true, "[]"},
		"seen, and is no longer":     {seen(5, 3), surplus(5, 3), false, "[events-broker-3 events-broker-4]"},
		"seen, and more are to go":   {seen(5, 4), surplus(5, 3), true, "[events-broker-3 events-broker-4]"},
		"seen, and fewer are to go":  {seen(5, 3), surplus(5, 4), true, "[events-broker-4]"},
		"they are to stay after all": {seen(5, 3), nil, true, "[]"},
	} {
		next := test.before.next(test.surplus, func() bool { return test.vacant })
		var names []string
		if next != nil {
			names = next.pods()
			if next.vacant {
				t.Errorf("%s: taken for vacant without a look", name)
			}
		}
		if got := fmt.Sprint(names); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	l := surplus(5, 4)
	l.how.Operation = "drain"
	l.ended(operate.Ended{Order: operate.Order{Operation: "fill"}, Err: errors.New("of no interest")})
	if l.trouble != "" {
		t.Error(l.trouble)
	}
	l.ended(operate.Ended{Order: operate.Order{Operation: "drain"}, Err: errors.New("topic orders needs 5 brokers")})
	if next := l.next(surplus(5, 4), nil); next.trouble != "topic orders needs 5 brokers" {
		t.Errorf("what is in the way is forgotten: %+v", next)
	}
	(*leaving)(nil).ended(operate.Ended{})
}

// TestSurplus: only what the guide empties is kept, and only from becoming less.
func TestSurplus(t *testing.T) {
	object := func(kind, name string, replicas int64) render.Object {
		o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "apps/v1", "kind": kind, "spec": map[string]any{"replicas": replicas}}}
		o.SetName(name)
		return render.Object{Unstructured: o}
	}
	live := func(name string, replicas int32) *appsv1.StatefulSet {
		return &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}, Spec: appsv1.StatefulSetSpec{Replicas: &replicas}}
	}
	how := guide.Leave{Metric: "brokersLeaving", Operation: "drain"}
	g := &guide.Guide{
		Application: guide.Application{Components: []guide.Component{{Name: "broker"}, {Name: "controller"}}},
		Monitor:     guide.Monitor{Leave: map[string]guide.Leave{"broker": how}},
	}
	for name, test := range map[string]struct {
		object render.Object
		live   *appsv1.StatefulSet
		guide  *guide.Guide
		want   string
	}{
		"fewer":            {object("StatefulSet", "events-broker", 3), live("events-broker", 5), g, "events-broker stays at 5 replicas instead of 3 until nothing is on events-broker-3, events-broker-4"},
		"more":             {object("StatefulSet", "events-broker", 5), live("events-broker", 3), g, ""},
		"as many":          {object("StatefulSet", "events-broker", 3), live("events-broker", 3), g, ""},
		"new":              {object("StatefulSet", "events-broker", 3), live("other", 5), g, ""},
		"of another kind":  {object("Deployment", "events-broker", 3), live("events-broker", 5), g, ""},
		"not to be empty":  {object("StatefulSet", "events-controller", 3), live("events-controller", 5), g, ""},
		"of another guide": {object("StatefulSet", "events-broker", 3), live("events-broker", 5), &guide.Guide{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := &workshop{client: fake.NewClientset(test.live), log: slog.New(slog.DiscardHandler)}
			a := &application{workshop: w, owner: inventory.Owner{Namespace: "shop", Application: "events"}, log: w.log}
			got, err := a.surplus(t.Context(), render.Result{Objects: []render.Object{test.object}}, test.guide)
			text := ""
			if got != nil {
				text = got.String()
			}
			if err != nil || text != test.want {
				t.Errorf("%q %v, want %q", text, err, test.want)
			}
		})
	}
	a := &application{leaving: &leaving{set: "events-broker", from: 5, to: 3, vacant: true}}
	if key := a.key(desired{}, nil); strings.Contains(key, "may go") {
		t.Errorf("what was never applied has the key %q", key)
	}
}
