// Package sla decides what is to be done for an application, and does nothing
// itself. Rules in CEL over a guide.Observation go in, actions with their
// reasons come out:
//
//	program, err := compiler.Program(guide.SLA)
//	decision := sla.Decide(now, program, state, observation)
//	// keep decision.State before carrying out decision.Actions
//	// come back at decision.Wake, or when the observation has changed
//
// Decide is pure: the same time, program, state and observation give the same
// decision, in the same order.
//
// # When a rule acts
//
// A rule's expression is true, false or unknown for each of its targets; an
// error (a value that is not known, a division by zero, a cost limit passed) is
// unknown. True for as long as `for` says makes it due. False ends the waiting.
// Unknown never acts and keeps the waiting as it was. A due rule acts unless
//
//   - a maintenance window of the SLA is open, or for a rule that acts only then,
//     none is,
//   - a rule that inhibits it holds there,
//   - it acted on the same target less than its cooldown ago, doubled for each
//     time in a row that it did not help,
//   - it has used up its budget for the target, or all rules together have used
//     up the component's budget of restarts,
//   - too much of the cluster fails at once (the observation says so),
//   - the action would take ready pods away and leave fewer than the floor,
//   - the action makes no sense for the target (a pod without an owner is never
//     deleted, a Job never rolled),
//   - the failed revision was rolled back before, or there is no healthy one
//     (a rollback that never came to be is tried again after its cooldown),
//   - it waits for a person's approval,
//   - another action of the application is to go first: one a decision, and
//     Pace between two, by priority and then in the order of the rules.
//
// What holds it back is in Decision.Pending. Having acted, it waits for its
// `for` anew. Notices and dry runs touch nothing, so they do not wait for other
// actions, but they have a cooldown and a budget like them.
//
// # What does not help
//
// A rule that acted on a target has an episode with it, until it has been false
// there for as long as its cooldown. Within one, each action is the next step of
// its escalation, and comes after twice the time of the one before.
//
// # State
//
// State is what must survive a restart: since when rules hold, what was done
// and which revisions were rolled back. It is small JSON. What speaks of rules
// or targets that are gone is dropped.
package sla
