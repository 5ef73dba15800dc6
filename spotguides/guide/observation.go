package guide

import "time"

// Observation is what was seen of one application at one time. Rules read it
// by the JSON names. What is not known is absent, never zero.
type Observation struct {
	Time        time.Time   `json:"time"`
	Application string      `json:"application"`
	Namespace   string      `json:"namespace"`
	Revision    string      `json:"revision"`
	Rollout     RolloutSeen `json:"rollout"`
	Components  []Workload  `json:"components"`
	Pods        []Pod       `json:"pods"`
}

// RolloutSeen is the state of the revision that was applied last.
type RolloutSeen struct {
	// Healthy: every object of the revision is current by kstatus.
	Healthy bool `json:"healthy"`
	// Failed: kstatus says that it will not become current by itself, or the
	// deadline has passed.
	Failed bool `json:"failed"`
	// AgeSeconds since it was applied.
	AgeSeconds int64 `json:"ageSeconds"`
	// LastHealthy is the revision to go back to, empty when there is none.
	LastHealthy string `json:"lastHealthy"`
	Message     string `json:"message"`
}

// Workload is one Deployment, StatefulSet, DaemonSet or Job.
type Workload struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Desired int32  `json:"desired"`
	Ready   int32  `json:"ready"`
	Updated int32  `json:"updated"`
	// Floor is the replica floor of its SLA, 0 when it has none.
	Floor int32 `json:"floor"`
	// Autoscaled: a HorizontalPodAutoscaler owns its replicas.
	Autoscaled bool `json:"autoscaled"`
}

// Pod is one pod of the application.
type Pod struct {
	Name string `json:"name"`
	// Component is the name of the workload that owns it.
	Component     string `json:"component"`
	ComponentKind string `json:"componentKind"`
	Node          string `json:"node"`
	Phase         string `json:"phase"`
	// Reason is the most telling waiting, terminated or scheduling reason:
	// CrashLoopBackOff, ImagePullBackOff, Unschedulable, OOMKilled, ...
	Reason   string `json:"reason"`
	Ready    bool   `json:"ready"`
	Restarts int32  `json:"restarts"`
	// AgeSeconds since creation; ReadyForSeconds and NotReadyForSeconds since
	// the Ready condition last changed.
	AgeSeconds         int64 `json:"ageSeconds"`
	NotReadyForSeconds int64 `json:"notReadyForSeconds"`
	// TerminatingSeconds since deletion was asked for, 0 when it was not.
	TerminatingSeconds int64 `json:"terminatingSeconds"`
	// NodeReady is false when the pod's node is known not to be ready.
	NodeReady bool `json:"nodeReady"`
}
