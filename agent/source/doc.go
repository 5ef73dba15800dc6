// Package source brings Git repositories in. It is the only user of go-git.
//
// A [Store] keeps one bare mirror for each [Repository] (address and
// credentials) in a folder of its own. [Store.Fetch] asks the server where a
// [Reference] stands and transfers a commit only when the mirror does not hold
// it; what it returns is a [Snapshot]: one commit, immutable, readable as an
// fs.FS for as long as somebody holds it, whatever is fetched meanwhile. A
// [Poller] does so again and again for any number of followers, with one
// request for each repository and reference.
//
// # Addresses
//
// A [Policy] decides what may be reached before anything is dialled, and again
// on the address a name resolved to and on every redirect. Without further
// permission only https:// and ssh:// to public addresses pass; link-local
// addresses, where clouds keep their metadata services, never do.
//
// # Transfers
//
// A transfer asks for one commit without its history and for what the mirror
// lacks. The pack that arrives is unpacked while it streams: each object is
// bounded, deltas are resolved, and whole objects are written to a new pack, so
// that reading later is one seek and one inflation, without a lock. Files over
// Limits.FileBytes stay out of the mirror and say so when they are read. A
// mirror that turns out damaged is thrown away and fetched anew.
//
// # Trees
//
// Snapshot.FS never leaves the tree: symbolic links are followed inside it
// only. Submodules and Git LFS pointers give an error that says what they are.
//
// # Errors
//
// Every failure is an [*Error] with a Kind, the repository and a hint what to
// do. No error, log line or String method holds a secret.
package source
