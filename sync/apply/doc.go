// Package apply makes the cluster hold what an application's set says.
//
// On the happy path an object costs one request: a server-side apply with
// force, answered by metadata only. From the answer the package keeps the
// resource version and a fingerprint of our managed fields, so that the next
// pass can leave out every object whose rendered form has not changed and whose
// live form nobody has touched (Live knows). Only a refusal takes the careful
// way: an immutable field is told or, where the object allows it, the object is
// made again.
//
// # Order
//
// Objects go in stages, in parallel within a stage: definitions and namespaces,
// what is annotated spotguide.dev/stage: early, classes, access, configuration,
// workloads, the rest, what can refuse others, and last what is annotated late.
// A stage begins when the one before it has been applied, not when its Jobs have
// ended. One bad object spoils only itself and what needs it: objects in a
// namespace or of a kind that failed are skipped and say why. All errors of a
// pass come at once, each with its object and file.
//
// # Tenancy
//
// Requests go out as Options.Identity, a service account of the owner's
// namespace, by impersonation; a request that names nobody is refused before it
// leaves. Cluster-scoped objects and those of other namespaces need a Rule of
// the AllowList. An object that another application owns is never taken from it.
//
// # Pruning
//
// What the record holds and the set lacks is deleted after a pass without a
// failure, if it still bears the owner's labels, in reverse order. Namespaces,
// definitions and volume claims are kept unless asked for, and a set that shrank
// suspiciously is held (inventory.Guard).
package apply
