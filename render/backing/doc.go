// Package backing settles the services that an application depends on: which of
// them run beside it, with what credentials, and what it is told of them. It is
// pure.
//
// Credentials are derived from a secret seed of the namespace, the application and
// the service, so nothing has to be looked up or remembered: what is rendered
// again is the same. What an application is told are the variables that clients
// and frameworks read by themselves.
package backing
