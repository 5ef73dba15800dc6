// Package build makes images of applications from their source, in the cluster.
//
// A build is a Job that runs BuildKit, in a namespace that holds nothing else. It gets the
// application's folder, as a tar with the Dockerfile in it, over HTTP from the
// agent, and pushes the image to the operator's registry. Tenants see neither the
// Job nor the registry's credentials; what a build runs, runs inside BuildKit.
//
// A Go program whose descriptor asks for method ko needs no BuildKit: its Job compiles
// as an unprivileged user, and package ko, in this program's own image, does the rest.
//
// An image is tagged with the content address of what it is made from, so an
// unchanged folder is never built twice for an application, and what is built
// already is found after a restart. What is applied names the image by its digest.
// Namespaces share neither images nor caches: one must not fill another's.
//
// Builder.Look never waits: it says how far a build is and starts it where it may;
// whoever asked is woken when that changes.
package build
