// Package remedy carries out what monitor/sla decides, with the field manager
// spotguide-monitor: nothing it writes is a field that applying a revision owns.
//
//	restart     a new value of the annotation spotguide.dev/restarted-at on the
//	            pod template, which the workload's controller rolls out
//	reschedule  an eviction; a plain deletion where a disruption budget refuses
//	            the eviction of a pod that is not ready anyway. Only a pod whose
//	            node is known to be off is deleted by force.
//	free        deletion by force of pods on a node that is known to be off: its
//	            object is gone, or it is not ready and a taint says so
//	rebalance   an eviction of a pod that serves, if disruption budgets let it
//	scale       the scale subresource; down only from the number seen
//	rollback    the caller's function
//	operate     the caller's function, which begins it
//	notify      nothing
//
// Every remedy reads the live object just before it acts and does nothing when
// what it is for is gone, is another object of the same name, or has changed so
// that the remedy is not needed any more. Carrying an action out again is
// harmless.
package remedy
