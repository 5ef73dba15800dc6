package monitor_test

import (
	"context"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/spotguide/spotguide/monitor"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// node makes a node that only this test's pods go to, and nobody runs.
func (l *lab) node(name string) string {
	l.Helper()
	nodes, name := l.client.CoreV1().Nodes(), l.namespace+"-"+name
	_, err := nodes.Create(l.Context(), &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"test": l.namespace, corev1.LabelTopologyZone: "z-" + name}},
		Spec:       corev1.NodeSpec{Taints: []corev1.Taint{{Key: "test", Value: l.namespace, Effect: corev1.TaintEffectNoSchedule}}},
	}, metav1.CreateOptions{})
	l.must(err)
	l.Cleanup(func() { _ = nodes.Delete(context.Background(), name, metav1.DeleteOptions{}) })
	room := `{"status":{"allocatable":{"pods":"10","cpu":"4","memory":"4Gi"}}}`
	_, err = nodes.Patch(l.Context(), name, types.StrategicMergePatchType, []byte(room), metav1.PatchOptions{}, "status")
	l.must(err)
	l.answers(name, corev1.ConditionTrue)
	return name
}

// answers says whether the node does.
func (l *lab) answers(name string, status corev1.ConditionStatus) {
	l.Helper()
	patch := `{"status":{"conditions":[{"type":"Ready","status":"` + string(status) + `","lastTransitionTime":"` + time.Now().UTC().Format(time.RFC3339) + `"}]}}`
	_, err := l.client.CoreV1().Nodes().Patch(l.Context(), name, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}, "status")
	l.must(err)
}

// taint adds one that makes nobody else act.
func (l *lab) taint(name, key string) {
	l.Helper()
	patch := `[{"op":"add","path":"/spec/taints/-","value":{"key":"` + key + `","effect":"NoSchedule"}}]`
	_, err := l.client.CoreV1().Nodes().Patch(l.Context(), name, types.JSONPatchType, []byte(patch), metav1.PatchOptions{})
	l.must(err)
}

// state deploys a StatefulSet of one pod that goes to this test's nodes.
func (l *lab) state() {
	l.Helper()
	pods := template(nil)
	pods.Spec.NodeSelector = map[string]string{"test": l.namespace}
	zero := int64(0)
	pods.Spec.Tolerations = []corev1.Toleration{
		{Key: "test", Operator: corev1.TolerationOpExists},
		{Key: corev1.TaintNodeUnreachable, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: &zero},
	}
	_, err := l.client.AppsV1().StatefulSets(l.namespace).Create(l.Context(), &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec:       appsv1.StatefulSetSpec{Replicas: ptr(int32(1)), Template: pods, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}},
	}, metav1.CreateOptions{})
	l.must(err)
}

// A node that does not answer is waited for, whatever its pods do; once it is
// known to be off its pods are freed, and their owner makes others.
func TestWhatIsOnANodeThatIsOffIsFreed(t *testing.T) {
	l := newLab(t)
	dead := l.node("dead")
	l.state()
	before := l.until("a pod on the node", l.target("StatefulSet", 1), func(o guide.Observation) bool {
		return len(o.Nodes) == 1 && o.Nodes[0].Name == dead && o.Nodes[0].Ready && o.Pods[0].Zone == "z-"+dead
	}).Pods[0]

	l.answers(dead, corev1.ConditionUnknown)
	l.until("a stuck pod", l.target("StatefulSet", 1), func(o guide.Observation) bool {
		return len(o.Nodes) == 1 && o.Nodes[0].State == guide.NodeUnknown && !o.Nodes[0].Off && o.Pods[0].TerminatingSeconds > 0 && !o.Pods[0].NodeOff
	})
	other := l.node("other")
	free := sla.Action{Kind: sla.Free, Target: sla.Target{Kind: sla.KindNode, Name: dead}, Pods: []sla.Target{
		{Kind: "Pod", Namespace: l.namespace, Name: before.Name, UID: before.UID}, {Kind: "Pod", Namespace: l.namespace, Name: before.Name, UID: "another"},
	}}
	l.must(l.carry(free))
	if l.message() != "its node is not known to be off" {
		t.Error(l.message())
	}
	l.must(l.carry(l.reschedule(before)))
	if l.message() != "it is being deleted" {
		t.Error(l.message())
	}

	l.taint(dead, "node.cloudprovider.kubernetes.io/shutdown")
	quick := guide.SLA{Rules: []guide.Rule{{Name: "node-off", For: metav1.Duration{Duration: time.Second}}}}
	l.loop(sla.Rules(quick), l.target("StatefulSet", 1), func(s monitor.Step) bool { return len(s.Actions) > 0 })
	if !strings.HasPrefix(l.message(), "deleted 1 pods by force: its node is off, by the taint node.cloudprovider") {
		t.Error(l.message())
	}
	l.until("another pod elsewhere", l.target("StatefulSet", 1), func(o guide.Observation) bool {
		return len(o.Pods) == 1 && o.Pods[0].UID != before.UID && o.Pods[0].Node == other
	})

	// Carried out again, it finds nothing; one that is back is not touched.
	l.must(l.carry(free))
	if !strings.HasPrefix(l.message(), "deleted 0 pods by force") {
		t.Error(l.message())
	}
	l.answers(dead, corev1.ConditionTrue)
	l.must(l.carry(free))
	if l.message() != "its node is ready, although a taint says that it is off" {
		t.Error(l.message())
	}
}

// Why a pod does not start comes from its conditions and from events.
func TestWhyAPodIsStuckIsSeen(t *testing.T) {
	l := newLab(t)
	home := l.node("home")
	l.state()
	stuck := l.until("a pod that waits", l.target("StatefulSet", 1), func(o guide.Observation) bool {
		return len(o.Pods) == 1 && o.Pods[0].Node == home && o.Pods[0].Phase == "Pending" && o.Pods[0].Stuck == ""
	}).Pods[0]
	_, err := l.client.CoreV1().Events(l.namespace).Create(t.Context(), &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Name: "web-0.1"},
		InvolvedObject: corev1.ObjectReference{Kind: "Pod", Namespace: l.namespace, Name: stuck.Name, UID: types.UID(stuck.UID)},
		Reason:         "FailedMount", Message: "no such export", Type: "Warning", LastTimestamp: metav1.Now(),
	}, metav1.CreateOptions{})
	l.must(err)
	l.until("its volume", l.target("StatefulSet", 1), func(o guide.Observation) bool {
		return len(o.Pods) == 1 && o.Pods[0].Stuck == guide.StuckVolume && o.Pods[0].Message == "no such export"
	})

	l.must(l.client.CoreV1().Nodes().Delete(t.Context(), home, metav1.DeleteOptions{}))
	l.must(l.client.CoreV1().Pods(l.namespace).Delete(t.Context(), stuck.Name, metav1.DeleteOptions{GracePeriodSeconds: ptr(int64(0))}))
	l.until("no node", l.target("StatefulSet", 1), func(o guide.Observation) bool {
		return len(o.Pods) == 1 && o.Pods[0].Stuck == guide.StuckUnschedulable && strings.Contains(o.Pods[0].Message, "nodes are available")
	})
}
