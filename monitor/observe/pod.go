package observe

import (
	"net/netip"
	"time"
	"unique"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// word is a text that many pods share.
type word = unique.Handle[string]

// pod is what is kept of a Pod. Times are in Unix seconds, 0 for never.
type pod struct {
	name, uid                string
	ownerKind, ownerName     word
	node, phase              word
	reason, container, exit  word
	created, unready, delete int64
	message                  word  // of what keeps it from going on
	looping                  int64 // in a crash loop until then
	restarts                 int32
	ready                    bool
	mounted                  bool       // its volumes are there
	address                  netip.Addr // zero in the node's own network
}

func (p *pod) owner() Ref { return Ref{p.ownerKind.Value(), p.ownerName.Value()} }

// stripPod drops what newPod does not read.
func stripPod(p *corev1.Pod) {
	p.Spec = corev1.PodSpec{NodeName: p.Spec.NodeName, HostNetwork: p.Spec.HostNetwork}
}

func newPod(p *corev1.Pod) pod {
	owner := ownerOf(p)
	why := explain(p)
	out := pod{
		name: p.Name, uid: string(p.UID),
		ownerKind: unique.Make(owner.Kind), ownerName: unique.Make(owner.Name),
		node: unique.Make(p.Spec.NodeName), phase: unique.Make(string(p.Status.Phase)),
		reason: unique.Make(why.reason), container: unique.Make(why.container), exit: unique.Make(why.exit),
		created: p.CreationTimestamp.Unix(), restarts: restarts(p), looping: loopingUntil(p),
	}
	out.ready, out.unready = readiness(p)
	out.address = addressOf(p)
	out.message = unique.Make(short(why.message))
	out.mounted = conditionIs(p, corev1.PodReadyToStartContainers, corev1.ConditionTrue)
	if p.DeletionTimestamp != nil {
		out.delete = p.DeletionTimestamp.Unix()
		if grace := p.DeletionGracePeriodSeconds; grace != nil {
			out.delete -= *grace
		}
	}
	return out
}

// ownerOf is the workload that makes the pod: its controller, or the Deployment
// whose ReplicaSet it is, which names itself after Deployment and template hash.
func ownerOf(p *corev1.Pod) Ref {
	owner := metav1.GetControllerOfNoCopy(p)
	if owner == nil {
		return Ref{}
	}
	hash := p.Labels["pod-template-hash"]
	if n := len(owner.Name) - len(hash) - 1; owner.Kind == "ReplicaSet" && hash != "" && n > 0 && owner.Name[n:] == "-"+hash {
		return Ref{"Deployment", owner.Name[:n]}
	}
	return Ref{owner.Kind, owner.Name}
}

// addressOf is the pod's own address. One of the node's network is the node's,
// where others listen too.
func addressOf(p *corev1.Pod) netip.Addr {
	a, err := netip.ParseAddr(p.Status.PodIP)
	if err != nil || p.Spec.HostNetwork || p.Status.PodIP == p.Status.HostIP || !a.IsGlobalUnicast() {
		return netip.Addr{}
	}
	return a
}

func restarts(p *corev1.Pod) (n int32) {
	for _, c := range p.Status.InitContainerStatuses {
		n += c.RestartCount
	}
	for _, c := range p.Status.ContainerStatuses {
		n += c.RestartCount
	}
	return n
}

// readiness tells whether the pod is ready and, if it should be and is not,
// since when.
func readiness(p *corev1.Pod) (ready bool, since int64) {
	if p.Status.Phase == corev1.PodSucceeded {
		return false, 0
	}
	since = p.CreationTimestamp.Unix()
	for _, c := range p.Status.Conditions {
		if c.Type != corev1.PodReady {
			continue
		}
		if c.Status == corev1.ConditionTrue {
			return true, 0
		}
		since = max(since, c.LastTransitionTime.Unix())
	}
	return false, since
}

func conditionIs(p *corev1.Pod, kind corev1.PodConditionType, status corev1.ConditionStatus) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == kind {
			return c.Status == status
		}
	}
	return false
}

// show is the pod of workload w as rules see it. The lock is held.
func (t *table) show(now time.Time, w Workload, p *pod) guide.Pod {
	out := guide.Pod{
		Namespace: w.Namespace, Name: p.name, UID: p.uid, Component: w.Name, ComponentKind: w.Kind,
		Node: p.node.Value(), Phase: p.phase.Value(), Reason: p.reason.Value(),
		Container: p.container.Value(), LastExit: p.exit.Value(), Ready: p.ready, Restarts: p.restarts,
		AgeSeconds: secondsSince(now, p.created, 0), NotReadyForSeconds: secondsSince(now, p.unready, 0),
		TerminatingSeconds: secondsSince(now, p.delete, 1), CrashLooping: now.Unix() < p.looping,
	}
	n, known := t.nodes[out.Node]
	if known {
		ready := n.state == guide.NodeReady
		out.NodeReady, out.Zone = &ready, n.zone
	}
	out.NodeGone = out.Node != "" && !known
	out.NodeOff = out.NodeGone || n.state == guide.NodeOff
	out.Stuck, out.Message = t.stuck(&out, p)
	return out
}

// secondsSince is 0 for never, and else at least least.
func secondsSince(now time.Time, then, least int64) int64 {
	if then == 0 {
		return 0
	}
	return max(least, now.Unix()-then)
}
