package sla

import (
	"iter"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// subject is what a rule is evaluated for: a pod, a component, a node or, with
// none, the application.
type subject struct {
	observation *guide.Observation
	component   *guide.Workload
	pod         *guide.Pod
	node        *guide.Node
}

// subjects of a rule, in the order of the observation.
func subjects(o *guide.Observation, each string) iter.Seq[subject] {
	return func(yield func(subject) bool) {
		switch each {
		case guide.EachPods:
			for i := range o.Pods {
				if !yield(subject{observation: o, pod: &o.Pods[i]}) {
					return
				}
			}
		case guide.EachComponents:
			for i := range o.Components {
				if !yield(subject{observation: o, component: &o.Components[i]}) {
					return
				}
			}
		case guide.EachNodes:
			for i := range o.Nodes {
				if !yield(subject{observation: o, node: &o.Nodes[i]}) {
					return
				}
			}
		default:
			yield(subject{observation: o})
		}
	}
}

// it is what an expression sees.
func (s subject) it() any {
	switch {
	case s.pod != nil:
		return s.pod
	case s.component != nil:
		return s.component
	case s.node != nil:
		return s.node
	}
	return nil
}

// target is the subject itself.
func (s subject) target() Target {
	switch {
	case s.pod != nil:
		return targetOf(s.pod)
	case s.node != nil:
		return Target{Kind: KindNode, Name: s.node.Name}
	}
	return s.workload()
}

func targetOf(p *guide.Pod) Target {
	return Target{Kind: "Pod", Namespace: p.Namespace, Name: p.Name, UID: p.UID}
}

// workload is the component or the pod's owner, which may be unnamed.
func (s subject) workload() Target {
	switch {
	case s.pod != nil:
		return Target{Kind: s.pod.ComponentKind, Namespace: s.pod.Namespace, Name: s.pod.Component}
	case s.component != nil:
		return Target{Kind: s.component.Kind, Namespace: s.component.Namespace, Name: s.component.Name}
	}
	return Target{Kind: KindApplication, Namespace: s.observation.Namespace, Name: s.observation.Application}
}

// owner is the component or the pod's; nil when it was not observed.
func (s subject) owner() *guide.Workload {
	if s.component != nil || s.pod == nil {
		return s.component
	}
	for i := range s.observation.Components {
		if w := &s.observation.Components[i]; owns(w, s.pod) {
			return w
		}
	}
	return nil
}

func owns(w *guide.Workload, p *guide.Pod) bool {
	return w.Name == p.Component && w.Kind == p.ComponentKind && w.Namespace == p.Namespace
}

// key tells the subject from others of its kind in State; a pod also from an
// earlier one of the same name.
func (s subject) key() string {
	if s.pod == nil {
		return s.scope()
	}
	uid, _, _ := strings.Cut(s.pod.UID, "-")
	return s.local(s.pod.Namespace, s.pod.Name+"@"+uid)
}

// scope is what cooldowns and budgets count for: a pod's owner, if it has one.
func (s subject) scope() string {
	if s.node != nil {
		return s.target().String()
	}
	if s.pod != nil && s.pod.Component == "" {
		return s.key()
	}
	w := s.workload()
	return s.local(w.Namespace, w.String())
}

// local leaves the application's own namespace out, to keep State short.
func (s subject) local(namespace, name string) string {
	if namespace == s.observation.Namespace {
		return name
	}
	return namespace + "/" + name
}

// keys of all subjects.
func keys(o *guide.Observation, each string) map[string]bool {
	out := map[string]bool{}
	for s := range subjects(o, each) {
		out[s.key()] = true
	}
	return out
}
