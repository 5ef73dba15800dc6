// Package monitor is the health loop of one application: observe, decide, act.
//
//	step, known := loop.Step(now, program, target)   // from memory, no request
//	if step.Save { write step.State down }           // else loop.Undo(), and no more
//	for _, a := range step.Actions { loop.Carry(ctx, a) }
//	come back at step.Wake, or when the observer tells of a change
//
// A Loop has no goroutine of its own: whoever owns the application calls it,
// from one goroutine. What it decides survives a restart in sla.State; whether
// an action helped is watched in memory only, and told in Step.Trials.
package monitor
