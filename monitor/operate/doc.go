// Package operate runs what guides' analyzers can do for applications: operations
// that take longer than a look of the health loop may.
//
//	o.Follow(namespace, application, operator)   // takes up what another agent left
//	o.Busy(namespace, application)               // "" while nothing is under way
//	o.Propose(order)                             // plans it, for a person to approve of
//	o.Begin(ctx, order)                          // written down, then carried out
//	o.Ended(namespace, application)              // what came of those that ended
//
// One goroutine an application at a time, which Run owns. What an operation has to
// find again is in the namespace's ConfigMap spotguide-operations, as APPLICATION.NAME:
// its order, and the books that the operator keeps, a plan for people to look at, say.
package operate
