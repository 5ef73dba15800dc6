package agent

import (
	"context"

	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// guide is the application's, with the repository's descriptors laid over it.
func (a *application) guide(d desired) (*guide.Guide, error) {
	base, err := a.detector.named(d.match.Guide)
	if err != nil {
		return nil, err
	}
	return guide.Overlaid(base, d.snapshot.FS(), d.match)
}

// render makes the objects.
func (a *application) render(ctx context.Context, d desired, overlaid *guide.Guide) (render.Result, error) {
	cluster, surveyed, err := a.cluster.get(ctx)
	if err != nil {
		return render.Result{}, err
	}
	seed, err := a.seeds.of(ctx, a.owner.Namespace, overlaid, d.binding.Environment)
	if err != nil {
		return render.Result{}, err
	}
	request := render.Request{
		Tree: d.snapshot.FS(), Match: d.match, Guide: overlaid,
		Environment: d.binding.Environment, Namespace: a.owner.Namespace, Kubernetes: cluster, Platform: surveyed, Seed: seed,
	}
	result, err := a.renderer.Render(ctx, request)
	if err != nil {
		return result, err
	}
	if request.AtLeast, err = a.staying(ctx, result, overlaid); err == nil && len(request.AtLeast) > 0 {
		result, err = a.renderer.Render(ctx, request)
	}
	if err == nil {
		err = a.keepGrown(ctx, result, overlaid)
	}
	return a.shape(result, overlaid), err
}
