package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/spotguide/spotguide/agent"
	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/platform"
	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/inventory"
)

// comparison compares what is rendered with what is live.
type comparison struct {
	client  kubernetes.Interface
	other   dynamic.Interface
	applier *apply.Applier
	store   *inventory.Store
	bound   binding.Binding
	// fresh: the namespace does not exist yet.
	fresh bool
}

func newComparison(cfg *rest.Config, client kubernetes.Interface, bound binding.Binding, fresh bool) (*comparison, error) {
	mapper, err := apply.NewMapper(cfg)
	if err != nil {
		return nil, err
	}
	store := inventory.NewStore(client.CoreV1())
	applier, err := apply.New(cfg, apply.Config{
		Mapper: mapper, Store: store,
		// Only the agent knows what its operator allows.
		Allow: apply.AllowList{{Kinds: []string{"*"}, Namespaces: []string{"*"}}},
	})
	if err != nil {
		return nil, err
	}
	other, err := dynamic.NewForConfig(cfg)
	if err != nil {
		return nil, err
	}
	return &comparison{client: client, other: other, applier: applier, store: store, bound: bound, fresh: fresh}, nil
}

// compare returns the differences of every application; the error joins what is
// wrong with any of their objects.
func (c *comparison) compare(ctx context.Context, f found, messages io.Writer) ([]apply.Difference, error) {
	cluster, err := agent.Capabilities(c.client.Discovery())
	if err != nil {
		return nil, err
	}
	offers, err := platform.Survey(ctx, c.client, c.other)
	if err != nil {
		return nil, err
	}
	sets, err := f.render(ctx, render.Request{
		Environment: c.bound.Environment, Namespace: c.bound.Namespace, Kubernetes: cluster, Platform: offers,
	}, messages)
	errs := []error{err}
	var all []apply.Difference
	for _, s := range sets {
		if len(s.result.Objects) == 0 {
			continue // it could not be rendered
		}
		found, err := c.application(ctx, s.match.App, s.result.Objects)
		all, errs = append(all, found...), append(errs, err)
	}
	return all, errors.Join(errs...)
}

func (c *comparison) application(ctx context.Context, name string, objects []render.Object) ([]apply.Difference, error) {
	set := apply.Set{Owner: inventory.Owner{Namespace: c.bound.Namespace, Application: name}}
	for _, o := range objects {
		set.Objects = append(set.Objects, apply.Object{Unstructured: o.Unstructured, Origin: o.Origin})
	}
	if c.fresh {
		set.Objects = append(set.Objects, c.namespace(set.Objects)...)
	}
	all, err := c.applier.Diff(ctx, set, apply.Options{Identity: apply.AsAgent, Prune: c.bound.Prune})
	if c.fresh {
		for i := range all {
			all[i].Note = ""
		}
	}
	return slices.DeleteFunc(all, func(d apply.Difference) bool { return d.Origin == ours }), err
}

// ours is the origin of the Namespace that is put into a set so that the others
// of it may be missing one.
const ours = "the namespace itself"

// namespace is the Namespace to be, unless it is among the objects.
func (c *comparison) namespace(objects []apply.Object) []apply.Object {
	if slices.ContainsFunc(objects, func(o apply.Object) bool {
		return o.GetKind() == "Namespace" && o.GetName() == c.bound.Namespace
	}) {
		return nil
	}
	ns := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": c.bound.Namespace},
	}}
	return []apply.Object{{Unstructured: ns, Origin: ours}}
}

// gone returns what would be deleted with the applications that the folder holds
// no longer.
func (c *comparison) gone(ctx context.Context, f found) ([]apply.Difference, error) {
	owners, err := c.store.Applications(ctx, c.bound.Namespace)
	if err != nil {
		return nil, fmt.Errorf("read inventory of %s: %w", c.bound.Namespace, err)
	}
	var all []apply.Difference
	var errs []error
	for _, name := range owners {
		if slices.ContainsFunc(f.Matches, func(m guide.Match) bool { return m.App == name }) {
			continue
		}
		found, err := c.application(ctx, name, nil)
		all, errs = append(all, found...), append(errs, err)
	}
	return all, errors.Join(errs...)
}
