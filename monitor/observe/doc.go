// Package observe sees what the cluster does with applications' workloads. An
// Observer watches Pods, Deployments, StatefulSets, DaemonSets, Jobs,
// HorizontalPodAutoscalers, Nodes and what Events say of volumes, one watch a
// kind for the whole cluster,
// boils each object down to the few words that an observation needs and drops
// the rest at once: a pod costs about 400 bytes. Since that is so little, pods
// of all namespaces are kept, and one that becomes bound is known at once.
//
// Observe puts a guide.Observation of one application together from memory,
// without asking the cluster. Changed tells which workloads are worth looking at
// again.
package observe
