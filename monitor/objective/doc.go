// Package objective computes how much of an objective's error budget is spent
// and how fast it burns, from figures as they come in. It is pure: the same time,
// figures and state give the same state.
//
//	o, err := objective.New(guide.Objective)
//	state = o.Look(now, metrics, state)   // as often as the application is looked at
//	state.Figures, state.Severity(), state.Spent
//
// # What is counted
//
// An objective of good (or bad) and total has figures a second, which are
// multiplied by the time between two looks; one of a metric and its bounds counts
// seconds. Figures are not running counts, so what begins anew is for their
// sources to know. Time in which a figure is not known, or nobody looked for
// longer than Gap, is not counted at all: neither as good nor as bad.
//
// # The budget
//
// With a target of 99.9%, the budget is 0.1% of the window. What is left of it is
// 1 as long as all went well and 0 once all is spent. Gaps count as what is known
// does on average; time before the objective was first looked at has spent
// nothing. The budget is not known while less than half of the time is.
//
// # Burn rates
//
// A burn rate of 1 spends the whole budget in just one window. An alert begins
// when it is above a factor in a long and a short window, and ends when one of
// them has been below it for as long as the short one. Those of 30 days are 14.4
// in 1h and 5m, 6 in 6h and 30m (page), 3 in 1d and 2h, 1 in 3d and 6h (ticket);
// those of other windows are scaled. A window of which less than half is known
// has no burn rate, and neither begins nor ends an alert.
//
// # Memory
//
// What was counted lies in buckets that are merged as they age: none is wider than
// an eighth of its age, so that a burn rate is exact to an eighth, the sums are
// exact, and a window has less than MaxBuckets.
package objective
