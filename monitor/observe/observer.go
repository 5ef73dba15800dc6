package observe

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Ref names a workload in a namespace. A pod that a Deployment's ReplicaSet owns
// counts as the Deployment's.
type Ref struct{ Kind, Name string }

// Target is an application to observe.
type Target struct {
	Namespace   string
	Application string
	// Revision that was applied last.
	Revision  string
	Workloads []Workload
	// Rollout is what the agent knows of the revision; nil until it does.
	Rollout *guide.RolloutSeen
	// Approved are the wishes of rules that a person has approved of.
	Approved []string
	// Held is a new revision that waits for an error budget.
	Held *guide.Held
	// Operating says which operation of the guide's analyzer is under way.
	Operating string
	// Grows: its SLA says how volumes grow. Claims are those that were applied as
	// objects of their own.
	Grows  bool
	Claims []Claimed
	// Leaving are pods that are to go once they are not needed any more.
	Leaving []string
	// Consumers are the other namespaces whose applications may know how far behind
	// they are, with path.Match's wildcards, separated by commas.
	Consumers string
}

// Claimed is a PersistentVolumeClaim of a Target.
type Claimed struct{ Namespace, Name string }

// Workload is one workload of a Target.
type Workload struct {
	Ref
	// Namespace is the Target's unless given.
	Namespace string
	// Floor is the replica floor of its SLA, 0 for none.
	Floor int32
	// Component is what the SLA calls it.
	Component string
}

// Changed is told that something happened to a workload or its pods. It must
// not block.
type Changed func(namespace string, workload Ref)

// Observer holds what is known of the cluster's workloads. Make it with New.
type Observer struct {
	table     *table
	changes   *changes
	sampler   *Sampler
	reflected []reflected
}

// New makes an Observer that uses client, which should speak protobuf. Changed
// may be nil; changes that follow each other closely are told once.
func New(client kubernetes.Interface, changed Changed) *Observer {
	c := newChanges(changed)
	t := newTable(c.note)
	return &Observer{table: t, changes: c, sampler: newSampler(t.endpoints), reflected: reflectAll(client, t)}
}

// Run watches the cluster until ctx ends; it returns when all it started has
// ended. A watch that breaks is taken up again, however often.
func (o *Observer) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, r := range o.reflected {
		group.Go(func() error { r.run(ctx); return nil })
	}
	group.Go(func() error { o.changes.run(ctx); return nil })
	group.Go(func() error { return o.sampler.Run(ctx) })
	return group.Wait()
}

// Synced tells whether every kind was listed once. Until then nothing is known.
func (o *Observer) Synced() bool {
	for _, r := range o.reflected {
		if !r.synced() {
			return false
		}
	}
	return true
}

// Sample asks an application's own pods for the metrics of monitor.yaml, at their
// own intervals, until it is told otherwise; Observe has their values. interval is
// that of sources without one.
func (o *Observer) Sample(t Target, sources []guide.MetricSource, interval time.Duration) {
	o.sampler.Follow(t, sources, interval)
}

// Observe returns what is known of an application at now, and false while
// nothing is. Components are in the order of the target's workloads, without
// those that do not exist; pods are sorted by component and name.
func (o *Observer) Observe(now time.Time, t Target) (guide.Observation, bool) {
	if !o.Synced() {
		return guide.Observation{}, false
	}
	out := guide.Observation{
		Time: now, Application: t.Application, Namespace: t.Namespace, Revision: t.Revision, Rollout: t.Rollout,
		Metrics: o.sampler.Values(now, t.Namespace, t.Application),
	}
	o.table.mu.RLock()
	defer o.table.mu.RUnlock()
	for _, w := range t.Workloads {
		if w.Namespace == "" {
			w.Namespace = t.Namespace
		}
		o.table.observe(now, w, &out)
	}
	if t.Grows {
		out.Volumes = o.table.volumes(t)
	}
	out.Nodes = o.table.under(now, out.Pods)
	return out, true
}

// observe adds a workload and its pods to out. The lock is held.
func (t *table) observe(now time.Time, w Workload, out *guide.Observation) {
	s := t.spaces[w.Namespace]
	if s == nil {
		return
	}
	first := len(out.Pods)
	for _, p := range s.owned[w.Ref] {
		out.Pods = append(out.Pods, t.show(now, w, p))
	}
	pods := out.Pods[first:]
	slices.SortFunc(pods, func(a, b guide.Pod) int { return strings.Compare(a.Name, b.Name) })
	seen, ok := s.workloads[w.Ref]
	if !ok {
		return
	}
	zones, nodes := t.balance(seen.spread, pods)
	out.Components = append(out.Components, guide.Workload{
		Kind: w.Kind, Namespace: w.Namespace, Name: w.Name, Floor: w.Floor, Component: w.Component,
		Desired: seen.desired, Ready: seen.ready, Updated: seen.updated,
		Observed: seen.observed, MaxUnavailable: seen.maxUnavailable, Autoscaled: s.autoscaled(w.Ref),
		ZoneExcess: zones, NodeExcess: nodes,
	})
}
