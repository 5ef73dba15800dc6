// Package guide is the contract between a spotguide and the agent: the four
// descriptor files as types, what detection hands on, what the monitor sees
// and what an optional analyzer has to provide.
//
// A guide is a folder:
//
//	application.yaml   what it is and how to recognise it
//	environment.yaml   where it runs: values, resources, ingress
//	sla.yaml           what it promises: floors, autoscaling, rules
//	monitor.yaml       how to look at it: probes and intervals
//	chart/             what it renders to (only for engine: chart)
//
// A repository may hold the same four files in .spotguide/; they are laid over
// the guide's: maps merge, lists match by name, everything else replaces.
package guide

import "io/fs"

// APIVersion is the only version of the descriptors that this build reads.
const APIVersion = "spotguide.dev/v1"

// OverlayDir is the folder in an application's directory whose descriptors are
// laid over the guide's.
const OverlayDir = ".spotguide"

// Guide is one spotguide, loaded and checked.
type Guide struct {
	Application Application
	Environment Environment
	SLA         SLA
	Monitor     Monitor

	// Chart is the guide's own Helm chart; nil unless Application.Render.Engine
	// is EngineChart.
	Chart fs.FS
}

// Name is the guide's name, as application.yaml gives it.
func (g *Guide) Name() string { return g.Application.Name }

// Match is one application found in a tree.
type Match struct {
	// App names the application; unique among the matches of one tree and a
	// valid DNS label.
	App string
	// Dir is its folder in the tree, slash-separated, "." for the root.
	Dir string
	// Guide is the name of the guide that recognised it.
	Guide string
	// Facts are what was learned: "image", "port", "chart-version", ...
	Facts map[string]string
	// Stack is what its source code is; nil when it is deployed by files that say
	// themselves what runs: a chart, a kustomization, manifests.
	Stack *Stack
	// Composed is how it runs by a compose file; nil where none says it.
	Composed *Composed
	// Sources are the programs whose source code lies beside such files. They
	// tell what is deployed; nothing is built from them.
	Sources []Source
	// Why holds the evidence, in the order it was found; never empty.
	Why []Evidence
}

// Evidence ties a fact or the match itself to a place in the tree.
type Evidence struct {
	// Fact is the key in Match.Facts, or "guide" for the match itself.
	Fact string `json:"fact"`
	// File is slash-separated, relative to the tree's root; Line counts from 1,
	// 0 when the file as a whole is meant.
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
	// Text says in a few words what was seen.
	Text string `json:"text"`
}
