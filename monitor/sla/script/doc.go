// Package script tests rules: a text that tells what is seen when, and what the
// rules must do about it.
//
//	# A crash loop is left alone for two minutes, then the pod is replaced.
//	revision r1
//	rollout healthy=true lastHealthy=r1
//	component Deployment/web desired=2 ready=1 floor=1
//	pod web-1 of Deployment/web ready=true
//	pod web-2 of Deployment/web crashLooping=true restarts=4
//
//	at 0s
//	expect crash-loop Pod/web-2 waits for
//	at 2m
//	expect crash-loop reschedule Pod/web-2
//	pod web-2 gone
//	at 4m
//
//	-- sla.yaml --
//	rules:
//	- {name: cannot-start, disabled: true}
//
// Lines above an `at` change what is seen: name=value pairs set the fields of
// guide.Observation by their JSON names, "value=?" makes one unknown, `gone`
// takes a pod, node or component away, `rollout ?` makes the rollout unknown. Fields
// named ...Seconds that are not 0 grow by themselves. `at` decides once, at that
// time after the start. The `expect` lines below it name the actions it must
// have taken, no more and no fewer, and any rules held back that are worth
// naming:
//
//	expect RULE ACTION KIND/NAME [AMOUNT|SIZE|OPERATION|REVISION] [dry-run]
//	expect RULE KIND/NAME waits HOLD
//	expect wake TIME
//
// `objective NAME budget=0.5 burn=2 spent=false` says how an objective stands;
// without it, it is computed of the metrics at each decision, of which two may be
// two minutes apart at most for the time between them to count.
// `volume CLAIM field=value` sets the fields of a guide.Claim, sizes as 10Gi.
// `metric NAME=VALUE` sets a metric and NAME=? makes it unknown, `brake WHY` and
// `brake` put the cluster-wide brake on and off, `operating WHAT` and `operating` begin
// and end an operation of the guide's analyzer, `approve RULE` approves of what
// the rule waited for at the last decision. 0s is midnight of Thursday,
// 2026-01-01, UTC.
//
// The rules are those of sla.yaml over the built-in ones; `-- sla.yaml --` with
// no content is enough for these alone. State goes through its JSON form between
// decisions, as if the agent were restarted each time.
package script
