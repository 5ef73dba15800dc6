// Package heal keeps a Kafka cluster whole and even. Decide is pure: what was
// seen, a policy and a memory go in, at most one thing to do comes out. A Keeper
// observes, decides and carries out, one thing at a time:
//
//   - a broker that is gone for longer than the policy allows loses its replicas
//     to the others, racks kept; Kafka itself brings back what is away for less;
//   - brokers to be emptied are emptied, and brokers that hold nothing are filled,
//     those that come back after they lost everything included;
//   - brokers that are gone, hold nothing and are not missed any more are
//     forgotten (unregistered);
//   - leaders go back to where they belong, and what is uneven beyond the policy
//     is evened out, once the cluster has been whole for a while.
//
// Nothing is done while half of the brokers are gone: the cause is elsewhere
// then, and there is nowhere to go. Nothing is done while somebody else moves
// replicas.
package heal
