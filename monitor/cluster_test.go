package monitor_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/monitor"
	"github.com/spotguide/spotguide/monitor/observe"
	"github.com/spotguide/spotguide/monitor/remedy"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/test/controlplane"
)

// patience bounds every wait; nothing takes nearly as long.
const patience = 3 * time.Minute

// lab is a namespace of a real cluster with an observer and a carrier.
type lab struct {
	*testing.T
	client    kubernetes.Interface
	namespace string
	observer  *observe.Observer
	changed   chan struct{} // holds one token when something happened
	carrier   *remedy.Carrier

	said string // what the last remedy did
}

func newLab(t *testing.T) *lab {
	t.Helper()
	t.Parallel()
	cfg := controlplane.Config(t)
	cfg.ContentType = runtime.ContentTypeProtobuf
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{T: t, client: client, namespace: controlplane.Namespace(t, cfg, nil), changed: make(chan struct{}, 1)}
	l.observer = observe.New(client, l.told)
	l.carrier = remedy.New(client, remedy.Config{})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := l.observer.Run(ctx); err != nil {
			t.Errorf("observer: %v", err)
		}
	})
	t.Cleanup(running.Wait)
	t.Cleanup(cancel)
	return l
}

func (l *lab) told(namespace string, _ observe.Ref) {
	if namespace != l.namespace {
		return
	}
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// carry carries an action out.
func (l *lab) carry(a sla.Action) error {
	said, err := l.carrier.Carry(l.Context(), a)
	l.said = said
	return err
}

func (l *lab) message() string { return l.said }

func (l *lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// target is an application of the one workload "web".
func (l *lab) target(kind string, floor int32) observe.Target {
	return observe.Target{
		Namespace: l.namespace, Application: "shop", Revision: "r1",
		Workloads: []observe.Workload{{Ref: observe.Ref{Kind: kind, Name: "web"}, Floor: floor}},
		Rollout:   &guide.RolloutSeen{LastHealthy: "r1"},
	}
}

// until waits for something to be observed; every change that is told, and
// every second for what only time changes, it looks again.
func (l *lab) until(what string, t observe.Target, ok func(guide.Observation) bool) guide.Observation {
	l.Helper()
	deadline := time.After(patience)
	for {
		o, known := l.observer.Observe(time.Now(), t)
		if known && ok(o) {
			return o
		}
		select {
		case <-l.changed:
		case <-time.After(time.Second):
		case <-deadline:
			l.Fatalf("never saw %s: %t %+v", what, known, o)
		}
	}
}

// loop steps an application's health loop until done.
func (l *lab) loop(rules []guide.Rule, t observe.Target, done func(monitor.Step) bool) {
	l.Helper()
	c, err := sla.NewCompiler()
	l.must(err)
	p, err := c.Compile(rules)
	l.must(err)
	loop := monitor.New(l.observer, l.carrier, nil, sla.State{})
	deadline := time.After(patience)
	for {
		step, _ := loop.Step(time.Now(), p, t)
		for _, a := range step.Actions {
			said, err := loop.Carry(l.Context(), a)
			l.must(err)
			l.said = said
			l.Logf("%s %s: %s: %s", a.Kind, a.Target, a.Reason, l.message())
		}
		if done(step) {
			return
		}
		wait := time.Second
		if !step.Wake.IsZero() {
			wait = min(wait, time.Until(step.Wake))
		}
		select {
		case <-l.changed:
		case <-time.After(wait):
		case <-deadline:
			l.Fatalf("the loop did not get there: %+v", step)
		}
	}
}

func template(annotations map[string]string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web"}, Annotations: annotations},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "example.invalid/web:1"}}},
	}
}

// deploy makes the Deployment "web".
func (l *lab) deploy(replicas int32, annotations map[string]string) {
	l.Helper()
	_, err := l.client.AppsV1().Deployments(l.namespace).Create(l.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Template: template(annotations),
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
		},
	}, metav1.CreateOptions{FieldManager: "test"})
	l.must(err)
}

func allReady(n int32) func(guide.Observation) bool {
	return func(o guide.Observation) bool {
		if len(o.Components) != 1 || o.Components[0].Ready != n || len(o.Pods) != int(n) {
			return false
		}
		for _, p := range o.Pods {
			if !p.Ready || p.TerminatingSeconds > 0 {
				return false
			}
		}
		return true
	}
}

func uids(o guide.Observation) map[string]bool {
	out := map[string]bool{}
	for _, p := range o.Pods {
		out[p.UID] = true
	}
	return out
}

func TestObserveDeployment(t *testing.T) {
	l := newLab(t)
	l.deploy(2, nil)
	_, err := l.client.AutoscalingV2().HorizontalPodAutoscalers(l.namespace).Create(t.Context(), &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "web"},
			MinReplicas:    ptr(int32(2)), MaxReplicas: 3,
		},
	}, metav1.CreateOptions{})
	l.must(err)
	o := l.until("two ready pods and the autoscaler", l.target("Deployment", 1), func(o guide.Observation) bool {
		return allReady(2)(o) && o.Components[0].Autoscaled
	})
	w := o.Components[0]
	if w.Desired != 2 || w.Updated != 2 || !w.Observed || w.Floor != 1 || w.MaxUnavailable != 0 {
		t.Errorf("component %+v", w)
	}
	for _, p := range o.Pods {
		if p.NodeReady == nil || !*p.NodeReady || p.NodeGone || p.Phase != "Running" || p.Component != "web" || p.Reason != "" {
			t.Errorf("pod %+v", p)
		}
	}
	l.must(l.client.AppsV1().Deployments(l.namespace).Delete(t.Context(), "web", metav1.DeleteOptions{}))
	l.until("nothing", l.target("Deployment", 1), func(o guide.Observation) bool { return len(o.Components)+len(o.Pods) == 0 })
}

func TestCrashLoopIsRescheduled(t *testing.T) {
	l := newLab(t)
	l.deploy(1, map[string]string{"simulate.spotguide.dev/crash": "true"})
	o := l.until("a crash loop", l.target("Deployment", 0), func(o guide.Observation) bool {
		return len(o.Pods) == 1 && o.Pods[0].CrashLooping && o.Pods[0].Restarts > 0
	})
	if p := o.Pods[0]; p.Container != "web" || p.LastExit != "Error" {
		t.Errorf("pod %+v", p)
	}
	// It stays one while the container comes and goes: the time adds up.
	rule := guide.Rule{
		Name: "crash-loop", Each: "pods", Expr: "it.crashLooping", Action: "reschedule",
		For: metav1.Duration{Duration: 5 * time.Second},
	}
	var first sla.Action
	l.loop([]guide.Rule{rule}, l.target("Deployment", 0), func(s monitor.Step) bool {
		if len(s.Actions) > 0 {
			first = s.Actions[0]
		}
		return len(s.Actions) > 0
	})
	if first.Target.UID != o.Pods[0].UID || !strings.Contains(first.Reason, "it.crashLooping=true for ") {
		t.Errorf("action %+v, pod was %s", first, o.Pods[0].UID)
	}
	l.until("another pod", l.target("Deployment", 0), func(now guide.Observation) bool {
		return len(now.Pods) == 1 && now.Pods[0].UID != o.Pods[0].UID
	})
}

func TestFloorIsRestored(t *testing.T) {
	l := newLab(t)
	l.deploy(2, nil)
	l.until("two ready pods", l.target("Deployment", 2), allReady(2))
	scale, err := l.client.AppsV1().Deployments(l.namespace).GetScale(t.Context(), "web", metav1.GetOptions{})
	l.must(err)
	scale.Spec.Replicas = 0
	_, err = l.client.AppsV1().Deployments(l.namespace).UpdateScale(t.Context(), "web", scale, metav1.UpdateOptions{FieldManager: "somebody"})
	l.must(err)
	l.until("no pods", l.target("Deployment", 2), func(o guide.Observation) bool { return len(o.Pods) == 0 })

	acted := 0
	l.loop(sla.Rules(guide.SLA{}), l.target("Deployment", 2), func(s monitor.Step) bool {
		acted += len(s.Actions)
		return len(s.Trials) > 0 && s.Trials[0].Helped
	})
	if acted != 1 || l.message() != "scaled from 0 to 2 replicas" {
		t.Errorf("%d actions, %s", acted, l.message())
	}
	l.until("two ready pods again", l.target("Deployment", 2), allReady(2))
	d, err := l.client.AppsV1().Deployments(l.namespace).Get(t.Context(), "web", metav1.GetOptions{})
	l.must(err)
	if !managedBy(d.ManagedFields, remedy.FieldManager, "f:replicas") {
		t.Errorf("replicas are not the monitor's: %v", d.ManagedFields)
	}
	// Carried out again, it finds nothing to do.
	l.must(l.carry(sla.Action{Kind: sla.Scale, Amount: 1, Target: l.web("Deployment")}))
	if l.message() != "has 2 replicas already" {
		t.Error(l.message())
	}
	// It goes down from the number that was seen, and from no other.
	for _, step := range []struct {
		from, to int32
		want     string
	}{
		{5, 1, "somebody has set 2 replicas meanwhile"}, {2, 1, "scaled from 2 to 1 replicas"}, {2, 1, "has 1 replicas already"},
		{1, 0, "scaled from 1 to 0 replicas"}, {0, 1, "scaled from 0 to 1 replicas"},
	} {
		l.must(l.carry(sla.Action{Kind: sla.Scale, Amount: step.to, From: step.from, Target: l.web("Deployment")}))
		if l.message() != step.want {
			t.Errorf("from %d to %d: %s, want %s", step.from, step.to, l.message(), step.want)
		}
	}
}

func managedBy(entries []metav1.ManagedFieldsEntry, manager, field string) bool {
	for _, e := range entries {
		if e.Manager == manager && strings.Contains(e.FieldsV1.GetRawString(), field) {
			return true
		}
	}
	return false
}

func (l *lab) web(kind string) sla.Target {
	return sla.Target{Kind: kind, Namespace: l.namespace, Name: "web"}
}

func TestRestartRollsEveryPod(t *testing.T) {
	kinds := map[string]func(*lab){
		"Deployment": func(l *lab) { l.deploy(2, nil) },
		"StatefulSet": func(l *lab) {
			_, err := l.client.AppsV1().StatefulSets(l.namespace).Create(l.Context(), &appsv1.StatefulSet{
				ObjectMeta: metav1.ObjectMeta{Name: "web"},
				Spec: appsv1.StatefulSetSpec{
					Replicas: ptr(int32(2)), Template: template(nil),
					Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
				},
			}, metav1.CreateOptions{})
			l.must(err)
		},
		"DaemonSet": func(l *lab) {
			pods := template(nil)
			pods.Spec.NodeSelector = map[string]string{"kubernetes.io/hostname": "simulated-0"}
			_, err := l.client.AppsV1().DaemonSets(l.namespace).Create(l.Context(), &appsv1.DaemonSet{
				ObjectMeta: metav1.ObjectMeta{Name: "web"},
				Spec: appsv1.DaemonSetSpec{
					Template: pods, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
				},
			}, metav1.CreateOptions{})
			l.must(err)
		},
	}
	for kind, create := range kinds {
		t.Run(kind, func(t *testing.T) {
			l := newLab(t)
			create(l)
			settled := func(o guide.Observation) bool {
				return len(o.Components) == 1 && o.Components[0].Desired > 0 && allReady(o.Components[0].Desired)(o)
			}
			before := uids(l.until("ready pods", l.target(kind, 0), settled))
			restart := sla.Action{Kind: sla.Restart, Target: l.web(kind)}
			l.must(l.carry(restart))
			l.must(l.carry(restart))
			if !strings.HasPrefix(l.message(), "was restarted at") {
				t.Errorf("restarted twice: %s", l.message())
			}
			l.until("all pods replaced", l.target(kind, 0), func(o guide.Observation) bool {
				for uid := range uids(o) {
					if before[uid] {
						return false
					}
				}
				return settled(o)
			})
		})
	}
}

func TestRestartOfWhatIsGone(t *testing.T) {
	l := newLab(t)
	l.must(l.carry(sla.Action{Kind: sla.Restart, Target: l.web("Deployment")}))
	if l.message() != "it is gone" {
		t.Error(l.message())
	}
	if list, err := l.client.AppsV1().Deployments(l.namespace).List(t.Context(), metav1.ListOptions{}); err != nil || len(list.Items) > 0 {
		t.Errorf("%v, %d deployments", err, len(list.Items))
	}
}

func TestRescheduleAndDisruptionBudget(t *testing.T) {
	tests := map[string]struct {
		annotations map[string]string
		ready       bool
		want        string
	}{
		"a ready pod stays":      {nil, true, "a disruption budget keeps it"},
		"one that is not may go": {map[string]string{"simulate.spotguide.dev/not-ready": "true"}, false, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			_, err := l.client.PolicyV1().PodDisruptionBudgets(l.namespace).Create(t.Context(), &policyv1.PodDisruptionBudget{
				ObjectMeta: metav1.ObjectMeta{Name: "web"},
				Spec: policyv1.PodDisruptionBudgetSpec{
					MinAvailable: ptr(intstr.FromInt32(1)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
				},
			}, metav1.CreateOptions{})
			l.must(err)
			l.deploy(1, tt.annotations)
			o := l.until("the pod", l.target("Deployment", 0), func(o guide.Observation) bool {
				return len(o.Pods) == 1 && o.Pods[0].Phase == "Running" && o.Pods[0].Ready == tt.ready
			})
			l.untilBudgetIsKnown()
			err = l.carry(l.reschedule(o.Pods[0]))
			if tt.want == "" {
				l.must(err)
				l.until("another pod", l.target("Deployment", 0), func(now guide.Observation) bool {
					return len(now.Pods) == 1 && now.Pods[0].UID != o.Pods[0].UID
				})
			} else if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), o.Pods[0].Name) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// A pod that serves is moved only if the disruption budget lets it, and once.
func TestRebalanceAsksTheDisruptionBudget(t *testing.T) {
	l := newLab(t)
	_, err := l.client.PolicyV1().PodDisruptionBudgets(l.namespace).Create(t.Context(), &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: policyv1.PodDisruptionBudgetSpec{
			MinAvailable: ptr(intstr.FromInt32(1)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
		},
	}, metav1.CreateOptions{})
	l.must(err)
	l.deploy(1, nil)
	old := l.until("the pod", l.target("Deployment", 0), allReady(1)).Pods[0]
	l.untilBudgetIsKnown()
	move := l.reschedule(old)
	move.Kind = sla.Rebalance
	if err := l.carry(move); err == nil || !strings.Contains(err.Error(), "a disruption budget keeps it") {
		t.Errorf("under its budget: %v", err)
	}
	l.must(l.client.PolicyV1().PodDisruptionBudgets(l.namespace).Delete(t.Context(), "web", metav1.DeleteOptions{}))
	l.must(l.carry(move))
	if want := "evicted from " + old.Node; l.message() != want {
		t.Errorf("%s, want %s", l.message(), want)
	}
	l.until("another pod", l.target("Deployment", 0), func(o guide.Observation) bool {
		return allReady(1)(o) && o.Pods[0].UID != old.UID
	})
	l.must(l.carry(move))
	if l.message() != "it is gone" {
		t.Errorf("moved twice: %s", l.message())
	}
}

// untilBudgetIsKnown waits for the disruption controller to have counted.
func (l *lab) untilBudgetIsKnown() {
	l.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		b, err := l.client.PolicyV1().PodDisruptionBudgets(l.namespace).Get(l.Context(), "web", metav1.GetOptions{})
		l.must(err)
		if b.Status.ObservedGeneration > 0 && b.Status.ExpectedPods == 1 {
			return
		}
		<-time.After(50 * time.Millisecond)
	}
	l.Fatal("the disruption budget was never counted")
}

func (l *lab) reschedule(p guide.Pod) sla.Action {
	return sla.Action{Kind: sla.Reschedule, Target: sla.Target{Kind: "Pod", Namespace: p.Namespace, Name: p.Name, UID: p.UID}}
}

func TestRescheduleLeavesOthersAlone(t *testing.T) {
	l := newLab(t)
	l.deploy(1, nil)
	o := l.until("a ready pod", l.target("Deployment", 0), allReady(1))
	other := l.reschedule(o.Pods[0])
	other.Target.UID = "another"
	l.must(l.carry(other))
	dry := l.reschedule(o.Pods[0])
	dry.DryRun = true
	l.must(l.carry(dry))

	bare := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "bare"}, Spec: template(nil).Spec}
	bare, err := l.client.CoreV1().Pods(l.namespace).Create(t.Context(), bare, metav1.CreateOptions{})
	l.must(err)
	err = l.carry(l.reschedule(guide.Pod{Namespace: l.namespace, Name: "bare", UID: string(bare.UID)}))
	if err == nil || !strings.Contains(err.Error(), "no owner") {
		t.Errorf("a pod without an owner: %v", err)
	}
	for _, name := range []string{o.Pods[0].Name, "bare"} {
		if p, err := l.client.CoreV1().Pods(l.namespace).Get(t.Context(), name, metav1.GetOptions{}); err != nil || p.DeletionTimestamp != nil {
			t.Errorf("pod %s: %v, deleted %v", name, err, p.DeletionTimestamp)
		}
	}
}

// A pod that is being deleted on a node that no longer exists is removed by
// force; on one that exists it is left to its node.
func TestRescheduleOfTerminatingPods(t *testing.T) {
	l := newLab(t)
	owner, err := l.client.CoreV1().ConfigMaps(l.namespace).Create(t.Context(),
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "owner"}}, metav1.CreateOptions{})
	l.must(err)
	node := fmt.Sprintf("node-of-%s", l.namespace)
	_, err = l.client.CoreV1().Nodes().Create(t.Context(), &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: node}}, metav1.CreateOptions{})
	l.must(err)
	t.Cleanup(func() { _ = l.client.CoreV1().Nodes().Delete(context.Background(), node, metav1.DeleteOptions{}) })

	stuck := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "stuck"}, Spec: template(nil).Spec}
	stuck.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "owner", UID: owner.UID, Controller: ptr(true)}}
	stuck.Spec.NodeName = node
	pods := l.client.CoreV1().Pods(l.namespace)
	stuck, err = pods.Create(t.Context(), stuck, metav1.CreateOptions{})
	l.must(err)
	l.must(pods.Delete(t.Context(), "stuck", metav1.DeleteOptions{}))

	action := l.reschedule(guide.Pod{Namespace: l.namespace, Name: "stuck", UID: string(stuck.UID)})
	l.must(l.carry(action))
	if l.message() != "it is being deleted" {
		t.Error(l.message())
	}
	l.must(l.client.CoreV1().Nodes().Delete(t.Context(), node, metav1.DeleteOptions{}))
	l.must(l.carry(action))
	if l.message() != "deleted by force: its node is gone" {
		t.Error(l.message())
	}
	l.must(l.carry(action))
	if l.message() != "it is gone" {
		t.Error(l.message())
	}
}

func ptr[V any](v V) *V { return &v }
