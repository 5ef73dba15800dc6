package guide

import "time"

// Observation is what was seen of one application at one time. Rules read it
// by the JSON names.
//
// A pointer that is nil means "not known": a rule that reads it is neither true
// nor false. It never acts then, and its pending time is kept. A plain field is
// always known.
type Observation struct {
	Time        time.Time `json:"time"`
	Application string    `json:"application"`
	Namespace   string    `json:"namespace"`
	// Revision that was applied last.
	Revision string `json:"revision"`
	// Rollout is nil until the agent has judged the revision's health.
	Rollout *RolloutSeen `json:"rollout,omitempty"`
	// Components holds every workload of the application that exists now.
	Components []Workload `json:"components,omitempty"`
	// Pods are those of the components.
	Pods []Pod `json:"pods,omitempty"`
	// Nodes are those that the pods are on, by name.
	Nodes []Node `json:"nodes,omitempty"`
	// Volumes are the PersistentVolumeClaims of the application, where its SLA says
	// how they grow. Rules do not see them.
	Volumes []Claim `json:"volumes,omitempty"`
	// Metrics are the values of monitor.yaml's sources and of the guide's
	// analyzer that are known and fresh, by name.
	Metrics map[string]float64 `json:"metrics,omitempty"`

	// Objectives are those of the SLA. What is given by the observer is taken; the
	// others are computed of Metrics.
	Objectives []ObjectiveSeen `json:"objectives,omitempty"`

	// Held is a new revision that a spent error budget holds back. Rules do not see
	// it.
	Held *Held `json:"held,omitempty"`
	// Approved are the wishes of rules that a person has approved of. Rules do not
	// see them.
	Approved []string `json:"approved,omitempty"`
	// Operating says which operation of the guide's analyzer is under way and how far
	// it has got, empty when none is. Rules do not see it.
	Operating string `json:"operating,omitempty"`
	// Brake says why nothing may be tinkered with now, empty when it may: too much
	// of the cluster fails at once. Rules do not see it.
	Brake string `json:"brake,omitempty"`
}

// RolloutSeen is the state of the revision that was applied last.
type RolloutSeen struct {
	// Healthy: every object of the revision is current by kstatus, now.
	Healthy bool `json:"healthy"`
	// Failed: kstatus says that it will not become current by itself, or the
	// deadline has passed without it having been healthy once.
	Failed bool `json:"failed"`
	// AgeSeconds since it was applied.
	AgeSeconds int64 `json:"ageSeconds"`
	// LastHealthy is the revision that was healthy last: the one to go back to,
	// the current one once it has been healthy, empty when none ever was.
	LastHealthy string `json:"lastHealthy"`
	Message     string `json:"message"`
}

// Workload is one Deployment, StatefulSet, DaemonSet or Job.
type Workload struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Desired is the number of pods that the spec asks for.
	Desired int32 `json:"desired"`
	Ready   int32 `json:"ready"`
	Updated int32 `json:"updated"`
	// Observed: the controller has seen the latest spec; until it has, Ready
	// and Updated speak of the one before.
	Observed bool `json:"observed"`
	// MaxUnavailable is how many of the Desired pods a rolling restart may take
	// away at once.
	MaxUnavailable int32 `json:"maxUnavailable"`
	// Floor is the replica floor of its SLA, 0 when it has none.
	Floor int32 `json:"floor"`
	// Component is what the SLA calls it; its own name where that is empty.
	Component string `json:"component,omitempty"`
	// Autoscaled: a HorizontalPodAutoscaler owns its replicas.
	Autoscaled bool `json:"autoscaled"`
	// ZoneExcess is by how many pods more than its spread over zones allows
	// (maxSkew) the fullest zone surpasses the emptiest that takes pods; NodeExcess
	// is the same for nodes, of a zone each if it is to be spread over these too,
	// and 0 while ZoneExcess is not. Both are 0 for what asks for no spread or
	// cannot move.
	ZoneExcess int32 `json:"zoneExcess"`
	NodeExcess int32 `json:"nodeExcess"`
}

// Pod is one pod of the application.
type Pod struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	UID       string `json:"uid"`
	// Component is the name of the workload that owns it.
	Component     string `json:"component"`
	ComponentKind string `json:"componentKind"`
	// Node is empty until the pod is scheduled.
	Node  string `json:"node"`
	Phase string `json:"phase"`
	// Reason is the most telling waiting, terminated or scheduling reason, of
	// init containers too, empty when all is well: CrashLoopBackOff,
	// ImagePullBackOff, ErrImagePull, CreateContainerConfigError, OOMKilled,
	// Unschedulable, ContainerCreating, PodInitializing, Terminating, ...
	Reason string `json:"reason"`
	// Container is the one that Reason speaks of, if it is one's.
	Container string `json:"container"`
	// LastExit is why that container ended the last time it ran (OOMKilled,
	// Error, Completed), empty if it never did.
	LastExit string `json:"lastExit"`
	Ready    bool   `json:"ready"`
	// CrashLooping: a container is in back-off after crashes, or runs again and
	// has not yet outlived its last run by much. Reason changes with every
	// attempt; this does not.
	CrashLooping bool `json:"crashLooping"`
	// Restarts of all its containers.
	Restarts int32 `json:"restarts"`
	// AgeSeconds since creation.
	AgeSeconds int64 `json:"ageSeconds"`
	// NotReadyForSeconds since it stopped being ready or, if it never was,
	// since creation; 0 while it is ready or has completed.
	NotReadyForSeconds int64 `json:"notReadyForSeconds"`
	// TerminatingSeconds since deletion was asked for, at least 1 then; 0 when
	// it was not.
	TerminatingSeconds int64 `json:"terminatingSeconds"`
	// Stuck says what keeps the pod from going on, one of the Stuck constants;
	// empty when nothing does, or it is not known.
	Stuck string `json:"stuck"`
	// Message is what the cluster says about Stuck, 200 bytes at most.
	Message string `json:"message"`
	// Crowded: elsewhere, it would make its component's excess less.
	Crowded bool `json:"crowded"`
	// Zone of its node, empty when that has none.
	Zone string `json:"zone"`
	// NodeReady is nil while the pod has no node or nothing is known of it.
	NodeReady *bool `json:"nodeReady,omitempty"`
	// NodeGone: its node is no longer an object of the cluster.
	NodeGone bool `json:"nodeGone"`
	// NodeOff: its node is known to run nothing any more; see Node.Off.
	NodeOff bool `json:"nodeOff"`
}

// What keeps a pod from going on.
const (
	StuckUnschedulable = "Unschedulable" // no node takes it
	StuckImage         = "Image"         // its image cannot be had
	StuckConfig        = "Config"        // what its containers refer to is not there
	StuckVolume        = "Volume"        // a volume cannot be attached or mounted
	StuckNodeOff       = "NodeOff"       // its node is known to be off
)

// Claim is a PersistentVolumeClaim. Sizes are in bytes.
type Claim struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	UID       string `json:"uid"`
	// Volume is what the SLA calls it: the volumeClaimTemplate that it was made
	// from, or its own name.
	Volume    string `json:"volume"`
	Requested int64  `json:"requested"`
	// Capacity that there is, 0 while it has no volume.
	Capacity int64 `json:"capacity"`
	// Class is its StorageClass; Expandable: that one allows to make it larger.
	Class      string `json:"class"`
	Expandable bool   `json:"expandable"`
	// Resizing is what the cluster says about making it larger, while it does.
	Resizing string `json:"resizing,omitempty"`
}

// Node is a node that pods of the application are on.
type Node struct {
	Name string `json:"name"`
	// Zone by the label topology.kubernetes.io/zone, empty when it has none.
	Zone string `json:"zone"`
	// State is one of the Node constants.
	State string `json:"state"`
	Ready bool   `json:"ready"`
	// Off: it is known to run nothing any more, since its object is gone or since
	// it is not ready and somebody who knows has said so by a taint. A node that
	// merely does not answer is not known to be off.
	Off bool `json:"off"`
	// ForSeconds since it became ready or ceased to be; 0 for one that is gone.
	ForSeconds int64 `json:"forSeconds"`
	// Pods of the application that are on it and have not ended.
	Pods int32 `json:"pods"`
}

// The states of a node.
const (
	NodeReady    = "Ready"
	NodeNotReady = "NotReady" // the kubelet says that it is not
	NodeUnknown  = "Unknown"  // the kubelet does not answer
	NodeOff      = "Off"      // not ready, and tainted as off
	NodeGone     = "Gone"     // no object of the cluster any more
)

// SaysOff tells whether a taint of that key says that a node is off: a person or
// a fencing agent sets the first one, the cloud's controller the second. It only
// counts on a node that is not ready: on another one it has been left behind.
func SaysOff(taint string) bool {
	return taint == "node.kubernetes.io/out-of-service" || taint == "node.cloudprovider.kubernetes.io/shutdown"
}
