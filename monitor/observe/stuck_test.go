package observe

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/spotguides/guide"
)

func newTestNode(ready corev1.ConditionStatus, taints ...string) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n1", Labels: map[string]string{corev1.LabelTopologyZone: "a"}}}
	n.CreationTimestamp = metav1.Unix(100, 0)
	if ready != "" {
		n.Status.Conditions = []corev1.NodeCondition{
			{Type: corev1.NodeDiskPressure, Status: corev1.ConditionTrue},
			{Type: corev1.NodeReady, Status: ready, LastTransitionTime: metav1.Unix(940, 0)},
		}
	}
	for _, key := range taints {
		n.Spec.Taints = append(n.Spec.Taints, corev1.Taint{Key: key, Effect: corev1.TaintEffectNoExecute})
	}
	return n
}

// A node is off only when it is not ready and somebody who knows says so.
func TestNodes(t *testing.T) {
	const person, cloud, controller = "node.kubernetes.io/out-of-service", "node.cloudprovider.kubernetes.io/shutdown", "node.kubernetes.io/unreachable"
	off := guide.Node{Zone: "a", State: guide.NodeOff, Off: true, ForSeconds: 60}
	tests := map[string]struct {
		node *corev1.Node
		want guide.Node
	}{
		"ready":                       {newTestNode("True"), guide.Node{Zone: "a", State: guide.NodeReady, Ready: true, ForSeconds: 60}},
		"says that it is not":         {newTestNode("False"), guide.Node{Zone: "a", State: guide.NodeNotReady, ForSeconds: 60}},
		"does not answer":             {newTestNode("Unknown", controller), guide.Node{Zone: "a", State: guide.NodeUnknown, ForSeconds: 60}},
		"never answered":              {newTestNode(""), guide.Node{Zone: "a", State: guide.NodeUnknown, ForSeconds: 900}},
		"off, says a person":          {newTestNode("Unknown", controller, person), off},
		"off, says the cloud":         {newTestNode("False", cloud), off},
		"back, but the taint is left": {newTestNode("True", person), guide.Node{Zone: "a", State: guide.NodeReady, Ready: true, ForSeconds: 60}},
		"gone":                        {nil, guide.Node{State: guide.NodeGone, Off: true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			table := newTable(func(string, Ref) {})
			if tt.node != nil {
				table.setNode("n1", newNode(tt.node))
			}
			ended := newPod(newTestPod("a", "db-1", "db", "n1"))
			ended.phase = newPod(&corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodFailed}}).phase
			table.setPod("a", ended)
			table.setPod("a", newPod(newTestPod("a", "db-0", "db", "n1")))
			o := Observer{sampler: newSampler(table.endpoints), table: table}
			seen, _ := o.Observe(time.Unix(1000, 0), Target{Namespace: "a", Workloads: []Workload{{Ref: Ref{"StatefulSet", "db"}}}})
			tt.want.Name, tt.want.Pods = "n1", 1
			if diff := cmp.Diff([]guide.Node{tt.want}, seen.Nodes); diff != "" {
				t.Error(diff)
			}
			for _, p := range seen.Pods {
				if p.NodeOff != tt.want.Off || p.Zone != tt.want.Zone || (p.Stuck == guide.StuckNodeOff) != tt.want.Off {
					t.Errorf("pod %+v", p)
				}
			}
		})
	}
}

func TestStuck(t *testing.T) {
	starting := func(change func(*corev1.Pod)) *corev1.Pod {
		p := newTestPod("a", "db-0", "db", "n1")
		p.Status.Phase = corev1.PodPending
		p.Status.ContainerStatuses = []corev1.ContainerStatus{waiting("db", "ContainerCreating")}
		change(p)
		return p
	}
	saying := func(reason, message string) *corev1.Pod {
		return starting(func(p *corev1.Pod) {
			c := waiting("db", reason)
			c.State.Waiting.Message = message
			p.Status.ContainerStatuses = []corev1.ContainerStatus{c}
		})
	}
	nowhere := starting(func(p *corev1.Pod) {
		p.Spec.NodeName, p.Status.ContainerStatuses = "", nil
		p.Status.Conditions = []corev1.PodCondition{{
			Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/3 nodes are available",
		}}
	})
	mounted := starting(func(p *corev1.Pod) {
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReadyToStartContainers, Status: corev1.ConditionTrue}}
	})
	refused := func(uid, message string, at int64) *corev1.Event {
		return &corev1.Event{
			ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: message}, Message: message, LastTimestamp: metav1.Unix(at, 0),
			InvolvedObject: corev1.ObjectReference{Kind: "Pod", Name: "db-0", UID: newTestPod("", uid, "", "").UID},
		}
	}
	late, early := refused("db-0", "attached to another node", 20), refused("db-0", "no such disk", 10)
	tests := map[string]struct {
		pod           *corev1.Pod
		events        []*corev1.Event
		kind, message string
	}{
		"starting":                      {starting(func(*corev1.Pod) {}), nil, "", ""},
		"no node":                       {nowhere, nil, guide.StuckUnschedulable, "0/3 nodes are available"},
		"no image":                      {saying("ImagePullBackOff", "not found"), nil, guide.StuckImage, "not found"},
		"no Secret":                     {saying("CreateContainerConfigError", "secret x not found"), nil, guide.StuckConfig, "secret x not found"},
		"crashing":                      {saying("CrashLoopBackOff", "back-off"), nil, "", ""},
		"no volume, the last word":      {starting(func(*corev1.Pod) {}), []*corev1.Event{late, early}, guide.StuckVolume, "attached to another node"},
		"another's volume":              {starting(func(*corev1.Pod) {}), []*corev1.Event{refused("old", "x", 10)}, "", ""},
		"has its volume now":            {mounted, []*corev1.Event{late}, "", ""},
		"a long story":                  {saying("ErrImagePull", strings.Repeat("é", 150)), nil, guide.StuckImage, strings.Repeat("é", 98) + " ..."},
		"an image rather than a volume": {saying("ErrImagePull", "not found"), []*corev1.Event{late}, guide.StuckImage, "not found"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			told := notes{}
			table := newTable(told.note)
			table.setNode("n1", newNode(newTestNode("True")))
			table.setPod("a", newPod(tt.pod))
			told.take()
			for _, e := range tt.events {
				table.setRefusal(failedMount, e)
			}
			o := Observer{sampler: newSampler(table.endpoints), table: table}
			seen, _ := o.Observe(time.Unix(1000, 0), Target{Namespace: "a", Workloads: []Workload{{Ref: Ref{"StatefulSet", "db"}}}})
			if got := seen.Pods[0]; got.Stuck != tt.kind || got.Message != tt.message {
				t.Errorf("stuck %q: %q", got.Stuck, got.Message)
			}
			if own := len(tt.events) > 0 && tt.events[0].InvolvedObject.UID == "db-0"; own != (len(told.take()) > 0) {
				t.Errorf("told is not %t", own)
			}
		})
	}
}

// Events are kept for as long as the cluster keeps them.
func TestRefusalsGo(t *testing.T) {
	table := newTable(func(string, Ref) {})
	e := &corev1.Event{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "e"}}
	table.setRefusal(failedMount, e)
	table.setRefusal(failedAttach, e)
	if names := table.refusalNames(failedMount); len(names) != 1 || names[0].Name != "e" {
		t.Errorf("names %v", names)
	}
	table.removeRefusal(failedMount, "a", "e")
	table.removeRefusal(failedAttach, "a", "e")
	if len(table.spaces) != 0 {
		t.Errorf("left over: %v", table.spaces)
	}
}
