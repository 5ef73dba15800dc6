package agent

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/spotguide/spotguide/agent/build"
	"github.com/spotguide/spotguide/agent/config"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/sync/inventory"
)

// newBuilder makes the builder, nil without a registry to build into.
func (a *Agent) newBuilder(w *workshop) (*build.Builder, error) {
	c := a.cfg.Build
	if c.Registry == "" {
		return nil, nil
	}
	o, err := buildOptions(c)
	if err != nil {
		return nil, err
	}
	wake := func(namespace, application string) {
		w.touched(inventory.Owner{Namespace: namespace, Application: application})
	}
	return build.New(a.clients.typed, o, wake, a.log), nil
}

func buildOptions(c config.Build) (build.Options, error) {
	cpu, err := resource.ParseQuantity(c.CPU)
	if err != nil {
		return build.Options{}, fmt.Errorf("processors of a build: %w", err)
	}
	memory, err := resource.ParseQuantity(c.Memory)
	if err != nil {
		return build.Options{}, fmt.Errorf("memory of a build: %w", err)
	}
	return build.Options{
		Registry: c.Registry, Insecure: c.Insecure, Secret: c.Secret, Namespace: c.Namespace,
		Image: c.Image, Agent: c.AgentImage, StaticBase: c.StaticBase, DaemonFlags: c.DaemonFlags, Config: c.Config, Args: c.Args, Privileged: c.Privileged, Address: c.Address,
		Concurrency: c.Concurrency, Timeout: c.Timeout, CPU: cpu, Memory: memory,
	}, nil
}

// buildError is a build that has failed.
type buildError struct {
	dir, message, namespace, application string
}

func (e *buildError) Error() string {
	return fmt.Sprintf("%s: the build failed: %s (the whole log: `spotguide logs %s --build -n %s`)",
		e.dir, e.message, e.application, e.namespace)
}

// reasonOf is the Event's reason for a failed pass.
func reasonOf(err error) string {
	var built *buildError
	var step *stepError
	switch {
	case errors.As(err, &built):
		return "BuildFailed"
	case errors.As(err, &step):
		return "StepFailed"
	}
	return "SyncFailed"
}

// image has the image built that the application's components lack, and returns
// the match with it. While it is being built, what runs goes on running.
func (a *application) image(ctx context.Context, d desired, g *guide.Guide) (guide.Match, error) {
	m := d.match
	if a.builder == nil || m.Stack == nil || m.Facts["image"] != "" || !lacksImage(g) {
		return m, nil
	}
	hash, _ := d.snapshot.Hash(m.Stack.Context(m.Dir))
	request := build.Request{
		Namespace: a.owner.Namespace, Application: a.owner.Application,
		Tree: d.snapshot.FS(), Dir: m.Dir, Hash: hash, Stack: *m.Stack, Method: g.Application.Build.Method, Asked: d.binding.SyncRequestedAt,
	}
	if m.Composed != nil {
		request.Target, request.Args = m.Composed.Target, m.Composed.Args
	}
	outcome, err := a.builder.Look(ctx, request)
	if err != nil {
		return m, err
	}
	switch outcome.State {
	case build.Done:
		facts := map[string]string{"image": outcome.Image}
		maps.Copy(facts, m.Facts)
		m.Facts = facts
	case build.Failed:
		return m, &buildError{m.Dir, outcome.Message, a.owner.Namespace, a.owner.Application}
	default:
		a.waitForBuild(d, outcome)
	}
	return m, nil
}

// waitForBuild tells of a build that is not done.
func (a *application) waitForBuild(d desired, o build.Outcome) {
	a.building = true
	message := "building " + short(d.snapshot.Revision)
	if o.Message != "" {
		message += ": " + o.Message
	}
	a.phase(status.Building, message)
	if o.Job != "" {
		a.tell(normal, "Building", message+" by Job "+o.Job)
	}
}

// lacksImage tells that a component says nothing of its image, or that no
// component is named at all.
func lacksImage(g *guide.Guide) bool {
	if g.Application.Render.Engine != guide.EngineChart {
		return false
	}
	components := g.Application.Components
	return len(components) == 0 || slices.ContainsFunc(components, func(c guide.Component) bool { return c.Image == "" })
}
