// Package plan decides where the replicas of a Kafka cluster belong, and does
// nothing itself. A model of the cluster and a request go in, a plan comes out:
//
//	p, err := plan.Make(cluster, plan.Request{Operation: plan.Drain})
//	// p.Batches in order, each once the one before is done; then p.Elections
//	// p.Problems says what could not be planned, and why
//	// p.Rollback() is how everything was
//
// Make is pure: the same cluster gives the same plan, in whatever order its
// brokers and partitions are listed. Planning again once a plan is carried out
// moves nothing, unless disks are so tight that space had to be freed first.
//
// # Hard goals
//
// No plan breaks these, and no goal below is worth one of them:
//
//   - a partition keeps its replication factor, or gets the one asked for;
//   - no broker holds two replicas of a partition;
//   - nothing is put on a broker that is dead or draining;
//   - a partition spans as many racks as there are, and no rack holds more of
//     its replicas than has to be; a move never makes that worse;
//   - a disk is never filled beyond its headroom, not for a moment: space is
//     counted as if nothing were freed before the plan's end.
//
// # Soft goals
//
// In this order, each within its tolerance, and none at the price of one before
// it: the number of replicas on each broker, their bytes, the leaders, the
// network. Bytes and network are shared out by capacity where all brokers'
// capacities are known, and evenly otherwise. The first two cost copying; the
// last two only change which replica leads.
//
// # Operations
//
//   - Repair takes the replicas off dead brokers;
//   - Drain takes them off draining and dead brokers, each moved once;
//   - Add fills new brokers, and moves nothing to others;
//   - Rebalance meets every goal, hard ones that were broken before included;
//   - Replicate changes topics' replication factors;
//   - Lead changes leaders only.
//
// Add, Rebalance and Replicate drain first. Partitions that a plan moves have
// their leaders balanced as well; Rebalance and Lead do that for all.
package plan
