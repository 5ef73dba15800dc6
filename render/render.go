package render

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Request is one application to render.
type Request struct {
	// Tree is the whole repository; nothing else is read. It must not change.
	Tree  fs.FS
	Match guide.Match
	// Guide with the repository's descriptors laid over it already.
	Guide *guide.Guide
	// Environment names one of the guide's environments; empty for none.
	Environment string
	// Namespace is the binding's.
	Namespace string
	// Kubernetes is the cluster that the objects are for.
	Kubernetes Kubernetes
	// Platform is what that cluster offers beyond its kinds.
	Platform guide.Platform
	// Seed is what credentials of provided services are derived from, a secret
	// of the namespace; without one placeholders are rendered.
	Seed []byte
	// AtLeast are the replicas that components have whatever the descriptors say, for
	// as long as what is on them is needed.
	AtLeast map[string]int32
}

// Kubernetes is what a chart may ask about its cluster.
type Kubernetes struct {
	// Version as the apiserver tells it ("v1.36.3"); DefaultVersion when empty.
	Version string `json:"version,omitempty"`
	// APIVersions are added to those that every cluster has: "group/version" and
	// "group/version/Kind".
	APIVersions []string `json:"apiVersions,omitempty"`
}

// DefaultVersion of Kubernetes is told to charts where there is no cluster.
const DefaultVersion = "v1.36.0"

// Result is a rendered set.
type Result struct {
	// Objects is complete: what it does not hold is not part of the application.
	Objects []Object
	// Steps are the Jobs that a new content runs, in order.
	Steps []Step
	// Inputs are the slash-separated files and folders of the tree that the
	// result depends on, none below another: the application's folder and what
	// lies outside it. While their hashes are the same and so is the rest of the
	// request, so is the result. A file that was missed counts, too.
	Inputs []string
	// Notices tell a person what was left out and why.
	Notices []string
}

// Options of a Renderer. The zero value renders manifests only as far as
// they are small: everything else needs Worker.
type Options struct {
	Limits Limits
	// Worker is the command whose process calls RunWorker, usually this binary
	// and its hidden command.
	Worker []string
	// Workers is how many processes may run at once; 2 unless given.
	Workers int
}

// Renderer renders applications. It is safe for concurrent use.
type Renderer struct {
	limits  Limits
	workers *pool
}

// New makes a Renderer; no process is started before one is needed. Close it
// in the end.
func New(opt Options) *Renderer {
	limits := opt.Limits.withDefaults()
	or(&opt.Workers, 2)
	return &Renderer{limits: limits, workers: newPool(opt.Worker, opt.Workers, limits)}
}

// Close stops the workers and waits for them. No Render may be under way.
func (r *Renderer) Close() error { return r.workers.close() }

// Render gives the application's complete set. With an error the set is
// empty, and Inputs holds what was read until then. See Errors for what the
// error tells.
func (r *Renderer) Render(ctx context.Context, req Request) (Result, error) {
	result, err := r.objects(ctx, req)
	if err != nil {
		return result, err
	}
	return withSteps(req, result)
}

// withSteps adds the steps, which take after the set.
func withSteps(req Request, result Result) (_ Result, err error) {
	if result.Steps, err = steps(req, result.Objects); err != nil {
		result.Objects = nil
	}
	return result, err
}

// objects is the set.
func (r *Renderer) objects(ctx context.Context, req Request) (Result, error) {
	j, err := newJob(req, r.limits)
	if err != nil {
		return Result{Inputs: []string{req.Match.Dir}}, err
	}
	if j.Engine == guide.EngineManifests {
		j.light = true
		result, err := render(ctx, j)
		if !errors.Is(err, errHeavy) {
			return result, err
		}
		j.light = false
	}
	return r.workers.render(ctx, j)
}

// render is the whole of rendering, in this process.
func render(ctx context.Context, j job) (Result, error) {
	run, err := engineOf(j.Engine)
	if err != nil {
		return Result{Inputs: cover(j.Dir, nil)}, err
	}
	in := newInput(ctx, j.tree, j.Limits)
	out, err := run(ctx, j, in)
	result := Result{Inputs: cover(j.Dir, in.seen), Notices: out.notices}
	if err != nil {
		return result, inOrder(err)
	}
	if err := finish(j, &out); err != nil {
		return result, err
	}
	result.Objects, result.Notices = out.objects, append(out.notices, keepJobs(out.objects)...)
	return result, nil
}

// finish makes one good set of what an engine has made.
func finish(j job, out *output) error {
	if err := nameGenerated(out.objects); err != nil {
		return err
	}
	out.objects = autoscale(out.objects, j)
	fortify(out, j)
	if err := checkSet(out.objects, j.Namespace, j.Limits); err != nil {
		return err
	}
	settleReplicas(out.objects, j)
	return nil
}

// output is what an engine makes.
type output struct {
	objects []Object
	notices []string
}

func (o *output) notice(format string, args ...any) {
	o.notices = append(o.notices, fmt.Sprintf(format, args...))
}

// engineFunc renders a job from its input.
type engineFunc func(context.Context, job, *input) (output, error)

func engineOf(name guide.Engine) (engineFunc, error) {
	switch name {
	case guide.EngineManifests:
		return renderManifests, nil
	case guide.EngineKustomize:
		return renderKustomization, nil
	case guide.EngineHelm:
		return renderChart, nil
	case guide.EngineChart:
		return renderGuideChart, nil
	}
	return nil, problem("", 0, "render.engine %q is none of manifests, kustomize, helm, chart", name)
}
