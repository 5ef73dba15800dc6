// Package failover decides in which of two clusters an application runs, and does
// nothing itself. Each site looks and decides on its own:
//
//	decision, memory := failover.Decide(settings, memory, seen)
//	// write decision.Writes, each only over the version that was seen;
//	// run, or have everything stopped, as decision.Role says
//
// # Ballots
//
// There are three places: each site's own cluster and, where the settings name
// one, a witness. Each holds a Ballot: who is primary, by which epoch. A change of
// primary is a higher epoch. The primary renews its ballot at the other site and at
// the witness, and is one only while one of the two took that not longer than
// After less Stop ago; then it stops its pods. The other site takes over when
// neither its own ballot nor the witness' was renewed for After, by its own clock
// since it last saw a change: it takes its own, so that the primary cannot renew
// there, and then the witness'. So two of three places agree before anything
// starts, and the old primary has had Stop to stop. Where the other cluster
// answers, what runs there is stopped first in any case.
//
// Without a witness, two sites have no majority: the standby never takes over by
// itself, and the primary never stops for not being heard. A person does it, who
// knows that the other site is off where it cannot be asked.
//
// # What that rests on
//
// A primary's agent stops its pods. A cluster that lost its agent and can be reached
// neither by the other site nor by the witness may still run pods that nobody can
// stop, as may one that comes back whole, until its agent has looked. A data path
// that must not see two writers refuses lower epochs: pods have theirs in the
// annotation spotguide.dev/epoch.
package failover
