package agent

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/source"
	"github.com/spotguide/spotguide/detect"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// detector binds the guides that the agent knows.
type detector struct {
	guides []*guide.Guide
	known  *detect.Detector
	gate   *gate
	// turns bound how many detect at once: a push to a repository that a thousand
	// namespaces follow would have a thousand trees in memory.
	turns chan struct{}
}

func newDetector(guides []*guide.Guide, g *gate) (detector, error) {
	known, err := detect.New(guides)
	return detector{guides: guides, known: known, gate: g, turns: make(chan struct{}, 2*runtime.GOMAXPROCS(0))}, err
}

func (d detector) detect(ctx context.Context, snapshot *source.Snapshot, b binding.Binding) (detect.Result, error) {
	d.gate.count(1) // what is found goes through the gate next
	defer d.gate.count(-1)
	select {
	case d.turns <- struct{}{}:
		defer func() { <-d.turns }()
	case <-ctx.Done():
		return detect.Result{}, ctx.Err()
	}
	return d.known.Detect(ctx, snapshot.FS(), b.Path, detect.Options{
		RootName: b.RootName(), Guide: b.Guide, Environment: b.Environment,
	})
}

// named returns the guide of that name.
func (d detector) named(name string) (*guide.Guide, error) {
	i := slices.IndexFunc(d.guides, func(g *guide.Guide) bool { return g.Name() == name })
	if i < 0 {
		return nil, fmt.Errorf("there is no guide %q; `spotguide guides` lists them", name)
	}
	return d.guides[i], nil
}
