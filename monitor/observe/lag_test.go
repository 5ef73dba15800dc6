package observe

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// stream is an oracle that others consume from.
type stream struct {
	oracle
	lag      guide.Lag
	missing  error
	consumer string // that was asked for last
}

func (q *stream) Lag(_ context.Context, a guide.Analyzed, group, topic string) (guide.Lag, error) {
	q.consumer = a.Namespace + "/" + a.Application + " " + strings.Join(a.Pods, ",") + " " + group + " " + topic
	return q.lag, q.missing
}

func lagOf(name, cluster string) guide.MetricSource {
	return guide.MetricSource{Name: name, Kafka: &guide.KafkaLag{Cluster: cluster, Group: "cart", Topic: "orders"}}
}

// TestLag: an application gets the lag of clusters of its own namespace and of those
// that admit it, whether or not it has pods, and of no others.
func TestLag(t *testing.T) {
	var log strings.Builder
	a, cluster := analysts(&log)
	q := &stream{oracle: oracle{figures: map[string]float64{"alive": 1}}, lag: guide.Lag{Records: 70, Waits: 1500 * time.Millisecond, Partitions: 6}}
	a.Follow(cluster, q, nil, time.Minute)
	a.Follow(Target{Namespace: "shop", Application: "cart"}, new(oracle), nil, time.Minute)
	look := func(namespace string, sources ...guide.MetricSource) (map[string]float64, string) {
		t.Helper()
		target := Target{Namespace: namespace, Application: "consumer"}
		a.Follow(target, nil, sources, time.Minute)
		defer a.Follow(target, nil, nil, 0)
		figures, err := a.Look(t.Context(), target)
		if err != nil {
			return figures, err.Error()
		}
		return figures, ""
	}
	all := map[string]float64{"lag": 70, "lagSeconds": 1.5, "lagPartitions": 6}
	none := map[string]float64{}
	for name, test := range map[string]struct {
		namespace, cluster string
		consumers          string
		want               map[string]float64
		problem            string
	}{
		"own":                   {"shop", "events", "", all, ""},
		"own by its whole name": {"shop", "shop/events", "", all, ""},
		"admitted":              {"team-a", "shop/events", "bank,team-*", all, ""},
		"not admitted":          {"team-a", "shop/events", "bank,team-b", none, "namespace shop does not let namespace team-a know"},
		"nobody is admitted":    {"team-a", "shop/events", "", none, "does not let"},
		"what is not there":     {"team-a", "shop/other", "*", none, "does not let"},
		"own that is not there": {"shop", "other", "*", none, "has no application other of the guide kafka"},
		"of another guide":      {"shop", "cart", "", none, "has no application cart of the guide kafka"},
		"elsewhere by its name": {"team-a", "events", "*", none, "namespace team-a has no application events"},
	} {
		t.Run(name, func(t *testing.T) {
			cluster.Consumers, q.consumer = test.consumers, ""
			a.Follow(cluster, q, nil, time.Minute)
			got, problem := look(test.namespace, lagOf("lag", test.cluster))
			if diff := cmp.Diff(test.want, got); diff != "" || !strings.Contains(problem, test.problem) || (test.problem == "") != (problem == "") {
				t.Errorf("%s%q, want %q", diff, problem, test.problem)
			}
			if asked := q.consumer != ""; asked != (test.problem == "") {
				t.Errorf("the cluster is asked: %q", q.consumer)
			}
		})
	}
	look("shop", lagOf("lag", "events"))
	if q.consumer != "shop/events events-0 cart orders" {
		t.Errorf("asked by %q", q.consumer)
	}
	q.lag.Waits = -1
	if got, _ := look("shop", lagOf("lag", "events"), lagOf("far", "other")); cmp.Diff(map[string]float64{"lag": 70, "lagPartitions": 6}, got) != "" {
		t.Errorf("one cluster tells, but not for how long, and the other is not there: %v", got)
	}
	q.missing = errors.New("group cart has consumed nothing")
	if got, problem := look("shop", lagOf("lag", "events")); len(got) > 0 || !strings.Contains(problem, "source lag: group cart of events: group cart has") {
		t.Errorf("%v %q", got, problem)
	}
}

// TestLagOfAnalyzed: what has an analyzer of its own may consume, too; what fails is
// told once and leaves the rest.
func TestLagOfAnalyzed(t *testing.T) {
	var log strings.Builder
	a, target := analysts(&log)
	q := &stream{oracle: oracle{figures: map[string]float64{"alive": 1}}, lag: guide.Lag{Records: 7, Partitions: 2, Waits: -1}}
	a.Follow(target, q, []guide.MetricSource{lagOf("lag", "events"), lagOf("far", "other")}, time.Minute)
	for range 2 {
		due, _ := a.due(time.Now())
		for _, one := range due {
			a.analyze(t.Context(), one)
		}
		a.analyzed[applicationKey{"shop", "events"}].next = time.Time{}
	}
	seen, _ := a.Observe(time.Now(), target)
	if diff := cmp.Diff(map[string]float64{"alive": 1, "lag": 7, "lagPartitions": 2}, seen.Metrics); diff != "" {
		t.Error(diff)
	}
	if n := strings.Count(log.String(), "source far"); n != 1 || len(q.figures) != 1 {
		t.Errorf("told %d times, and the analyzer's own figures are %v: %s", n, q.figures, log.String())
	}
}
