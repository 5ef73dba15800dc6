// Package detect finds the applications in a tree.
//
// # Folders
//
// The tree is walked once, within bounds. Hidden folders and those named
// node_modules, vendor or testdata are left out. From the top down, a folder is
// an application when it says so (.spotguide/application.yaml) or when a guide's
// patterns match; of several guides the one with the highest priority wins. What
// lies below an application belongs to it and is not looked at, with one
// exception: plain manifests do not take charts and kustomizations into
// themselves, so these are applications of their own.
//
// # What is no application
//
// Kustomizations that another one of the tree refers to, and kustomize
// components, are parts. Library charts, the charts inside a chart, templates
// without their chart, folders with nothing but CustomResourceDefinitions, and
// files that configure a client-side tool are nothing to deploy. Jsonnet is not
// rendered, and a notice says so.
//
// # Source code
//
// The tree's source code is looked at by package stack, which has the order in
// which languages, frameworks, commands and ports are settled. Where a guide that
// is no fallback matches (outside of examples, samples, docs and hack), it is only
// told, as the sources of what deploys it. Where nothing is found to deploy, what
// there is is told as the sources of the result. A folder
// with something to run is an application of the fallback guide that has
// components; a Dockerfile beside it belongs to the same application. Libraries
// are none.
//
// What lies below such a folder belongs to it, so that a frontend in a server's
// folder is no second application, unless it has a manifest and a Dockerfile of
// its own, or the folder is a workspace: then every package that runs is one,
// and the workspace itself only where more than a script or a shared dependency
// says that it runs. A package called like a program (index.js) needs code that
// looks like one. Folders for tests, scripts, tools and built files are left out.
//
// # Compose files
//
// A compose file that builds one service at least, beside others, says what is
// deployed: every service that starts by itself is an application (package
// compose says how it runs), and what it builds is no other one. So it is with a
// file that only runs images where there is no source code. A file that runs
// services beside source code which it does not build is for those who develop
// it: it only tells what the code needs. Charts, kustomizations and manifests go
// before compose files, and a .spotguide/application.yaml beside one switches it
// off.
//
// # Variants
//
// Folders below overlays/, environments/ or clusters/, two or more folders
// beside each other named after environments (dev, staging, prod), and such a
// folder whose kustomization refers to a base outside, are variants of the same
// thing. The environment's name chooses among them. When it does not, none is
// taken: the applications are Undecided, which is not the same as gone.
//
// # Alternatives
//
// Many repositories show several ways to install the same thing: charts/x beside
// kustomize/ beside a Dockerfile. Folders named after a way to deploy (deploy,
// k8s, manifests, chart, kustomize, ...) speak for the folder that holds them.
// When several guides match there, the one with the highest priority is taken. A
// fallback guide's match (a Dockerfile) counts only when nothing else matches in
// the whole tree, and so do matches in folders that show or try things
// (examples, samples, docs, hack). Notices say what was left out.
//
// # Names
//
// An application is named as its .spotguide/application.yaml says, else after its
// folder; a folder named after an environment or a way to deploy passes on to
// the one above it. The root is named by the caller. Names are DNS labels of at
// most 53 characters, so that a chart can put something behind them.
//
// # Errors
//
// What cannot be read for a moment, and a .spotguide/application.yaml that is
// broken, are errors of the whole: an application that seems to have gone would
// be taken out of the cluster.
package detect
