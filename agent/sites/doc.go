// Package sites keeps applications that fail over in one of two clusters: it looks
// at the ballots, writes what monitor/failover decides, and stops what must not
// run. That goes on by itself, beside the applications' own workers, for a primary
// that is not heard of has to stop in time, whatever else it is busy with.
//
//	sites.Recall(ctx, namespace)              // at the start, from what was written down
//	sites.Follow(owner, settings)             // whenever an application was rendered
//	standing, decided := sites.Standing(owner)
//
// Ballots are keys of the ConfigMap spotguide-failover, by application, in the
// application's namespace of each site, and of the witness.
package sites
