package render

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// pattern is a container of a workload that a step can take after.
type pattern struct {
	workload  string
	labels    map[string]string
	pod       corev1.PodSpec
	container corev1.Container
}

// patterns are the containers of a set, and the Services before them.
type patterns struct {
	all      []pattern
	services []corev1.Service
}

// podPaths are where workloads have their pods.
func podPaths() map[string][]string {
	return map[string][]string{
		"Deployment": {"spec", "template"}, "StatefulSet": {"spec", "template"}, "DaemonSet": {"spec", "template"},
		"Job": {"spec", "template"}, "CronJob": {"spec", "jobTemplate", "spec", "template"},
	}
}

// stepPatterns finds the containers of a set, in the set's order.
func stepPatterns(objects []Object, namespace string) (patterns, error) {
	var p patterns
	paths := podPaths()
	for _, o := range objects {
		if ns := o.GetNamespace(); ns != "" && ns != namespace {
			continue
		}
		if o.GetKind() == "Service" && o.GroupVersionKind().Group == "" {
			var s corev1.Service
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, &s); err != nil {
				return p, objectError(o, "read as a Service: %w", err)
			}
			p.services = append(p.services, s)
		}
		where, ok := paths[o.GetKind()]
		if group := o.GroupVersionKind().Group; !ok || group != "apps" && group != "batch" {
			continue
		}
		raw, _, _ := unstructured.NestedMap(o.Object, where...)
		var template corev1.PodTemplateSpec
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(raw, &template); err != nil {
			return p, objectError(o, "read its pod template: %w", err)
		}
		for _, c := range template.Spec.Containers {
			p.all = append(p.all, pattern{workload: o.GetName(), labels: template.Labels, pod: template.Spec, container: c})
		}
	}
	return p, nil
}

// of is what a step takes after; nil, where the step brings an image of its own,
// when there is no single one.
func (p patterns) of(s guide.Step, req Request) (*pattern, error) {
	if s.Component != "" {
		return p.named(s.Component, req)
	}
	if req.Guide.Application.Render.Engine == guide.EngineChart {
		if components := req.Guide.Application.Components; len(components) > 0 {
			return p.named(components[0].Name, req)
		}
		if len(p.all) > 0 {
			return &p.all[0], nil
		}
		return nil, nil
	}
	var images []string
	for _, one := range p.all {
		if !slices.Contains(images, one.container.Image) {
			images = append(images, one.container.Image)
		}
	}
	switch {
	case len(images) == 1:
		return &p.all[0], nil
	case s.Image != "":
		return nil, nil
	case len(images) == 0:
		return nil, fmt.Errorf("no workload to take an image from: set `image:`")
	}
	slices.Sort(images)
	return nil, fmt.Errorf("the application runs %d images (%s): set `image:`, or `component:` to the name of a workload", len(images), quoted(images))
}

// named is the container of a component, or of a workload.
func (p patterns) named(component string, req Request) (*pattern, error) {
	app := req.Match.App
	for _, workload := range []string{app + "-" + component, component, app} {
		for i, one := range p.all {
			if one.workload != workload {
				continue
			}
			if main := slices.IndexFunc(p.all, func(o pattern) bool { return o.workload == workload && o.container.Name == component }); main >= 0 {
				i = main
			} else if workload == app && component != app && req.Guide.Application.Render.Engine != guide.EngineChart {
				continue // an application's name stands for the one component of a guide's chart only
			}
			return &p.all[i], nil
		}
	}
	var names []string
	for _, one := range p.all {
		if !slices.Contains(names, one.workload) {
			names = append(names, one.workload)
		}
	}
	slices.Sort(names)
	return nil, fmt.Errorf("component %q is no workload of the application, which has %s", component, quoted(names))
}

// host is where the Service before a pattern answers, else the application's first
// one; without any the application's name.
func (p patterns) host(after *pattern, app string) string {
	open := slices.DeleteFunc(slices.Clone(p.services), func(s corev1.Service) bool { return len(s.Spec.Ports) == 0 })
	if len(open) == 0 {
		return app
	}
	at := 0
	if after != nil {
		at = max(0, slices.IndexFunc(open, func(s corev1.Service) bool { return selects(s.Spec.Selector, after.labels) }))
	}
	s := open[at]
	if port := s.Spec.Ports[0].Port; port != 80 {
		return s.Name + ":" + strconv.Itoa(int(port))
	}
	return s.Name
}

func selects(selector, labels map[string]string) bool {
	for k, v := range selector {
		if labels[k] != v {
			return false
		}
	}
	return len(selector) > 0
}

// sub is a folder of a tree; of one that is not there nothing can be read.
func sub(tree fs.FS, dir string) fs.FS {
	folder, err := fs.Sub(tree, dir)
	if err != nil {
		return tree
	}
	return folder
}
