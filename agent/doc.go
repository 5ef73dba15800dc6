// Package agent turns annotated namespaces into running applications. It alone
// knows the order of the line:
//
//	namespace -> Binding -> Snapshot -> Match -> Set -> Record -> Observation -> Action
//
// Who runs, and who owns what:
//
//	Agent        wires the components and runs them under one errgroup
//	namespaces   watches namespaces, hands annotations to bindings
//	bindings     starts and stops one tenant a bound namespace
//	tenant       one goroutine a namespace: follows the repository, detects,
//	             hands each application its desired state
//	application  one goroutine an application and the only writer of its
//	             objects: renders, applies, corrects drift, judges, heals
//	recorder     writes down what applications tell, after everything that
//	             still waits to be applied
//
// Whoever wants something of an application wakes it through a channel of size
// one, so that any number of wishes cost one pass.
package agent
