// Package pipeline runs an application's steps: Jobs before and after a revision
// is applied, one after another, and the history of what came of them.
//
// What to do next is decided purely (Next) from what the history says and what is
// seen of the Jobs. A Job is named after the content that it runs for, so that an
// agent that starts in the middle finds it again; what has run for a content is
// in the history, so that it is not run again when its Job is gone. Jobs bear
// labels of their own and not those of applied objects: drift correction and
// pruning do not know them, and Sweep takes away those that are no longer needed.
package pipeline
