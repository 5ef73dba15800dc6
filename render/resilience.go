package render

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// fortify adds what the SLA's resilience asks for and the set does not say itself:
// disruption budgets, spread and priority. What the set says counts; where that is
// something else, a notice tells it.
func fortify(out *output, j job) {
	f := fortification{job: j, out: out, budgets: budgets(out.objects, j.Namespace), named: map[string]bool{}}
	var seen []string
	for _, o := range slices.Clone(out.objects) {
		component, known := j.componentOf(o)
		if !known || !rolls(o) {
			continue
		}
		seen = append(seen, component)
		f.workload, f.component = o, component
		asked := j.resilience(component)
		if own := j.Resilience[component]; !scalable(o) && (own.MaxUnavailable != "" || own.Spread != nil) {
			out.notice("%s: resilience.%s: %s has a pod on each node, so maxUnavailable and spread say nothing of it",
				j.promised("resilience", component), component, Describe(o.Unstructured))
		}
		f.budget(asked.MaxUnavailable)
		if s := asked.Spread; s != nil {
			f.spread("zones", "topology.kubernetes.io/zone", s.Zones, s.Required)
			f.spread("nodes", "kubernetes.io/hostname", s.Nodes, s.Required)
		}
		f.priority(asked.Priority)
	}
	if j.Engine != guide.EngineChart { // whose components are checked where they are written
		unmatched(out, j, "resilience", "workload", slices.Collect(maps.Keys(j.Resilience)), seen)
		unmatched(out, j, "autoscaling", "workload", slices.Collect(maps.Keys(j.Autoscaling)), seen)
	}
	unmatched(out, j, "storage", "volume", slices.Collect(maps.Keys(j.Storage)), volumes(out.objects))
}

// volumes are what storage of the SLA can name: StatefulSets' templates and claims.
func volumes(objects []Object) []string {
	var names []string
	for _, o := range objects {
		switch o.GetKind() {
		case "PersistentVolumeClaim":
			names = append(names, o.GetName())
		case "StatefulSet":
			templates, _, _ := unstructured.NestedSlice(o.Object, "spec", "volumeClaimTemplates")
			for _, t := range templates {
				if m, ok := t.(map[string]any); ok {
					name, _, _ := unstructured.NestedString(m, "metadata", "name")
					names = append(names, name)
				}
			}
		}
	}
	return names
}

// unmatched tells of names in a section of sla.yaml that nothing of the kind has.
func unmatched(out *output, j job, section, kind string, names, seen []string) {
	slices.Sort(names)
	slices.Sort(seen)
	for _, name := range names {
		if name != "*" && !slices.Contains(seen, name) {
			out.notice("%s: %s.%s matches no %s; there are: %s", j.promised(section, name), section, name, kind,
				cmp.Or(strings.Join(slices.Compact(slices.Clone(seen)), ", "), "none"))
		}
	}
}

// promised is where sla.yaml says something, for people.
func (j job) promised(steps ...any) string {
	if folder, err := fs.Sub(j.tree, path.Join(j.Dir, guide.OverlayDir)); err == nil {
		if line, _ := guide.Locate(folder, guide.SLAFile, steps...); line > 0 {
			return origin(j.descriptor(guide.SLAFile), line)
		}
	}
	return guide.SLAFile + " of the guide " + j.Guide
}

// rolls: the object keeps pods running.
func rolls(o Object) bool {
	return scalable(o) || o.GetKind() == "DaemonSet" && o.GroupVersionKind().Group == "apps"
}

// fortification is one set being fortified, a workload at a time.
type fortification struct {
	job
	out     *output
	budgets []budget
	named   map[string]bool // budgets that were added

	workload  Object
	component string
}

// moot tells that a wish does not go by what the workload says itself.
func (f *fortification) moot(field, says string) {
	key := f.component
	if _, own := f.Resilience[key]; !own {
		key = "*"
	}
	f.out.notice("%s %s, which counts, not resilience.%s.%s (%s)", Describe(f.workload.Unstructured), says, key, field,
		f.promised("resilience", key, strings.Split(field, ".")[0]))
}

// budget adds a PodDisruptionBudget unless there is one for the pods: with two of
// them, no pod could be evicted at all.
func (f *fortification) budget(most string) {
	selector, ok, _ := unstructured.NestedMap(f.workload.Object, "spec", "selector")
	if most == "" || !ok || !scalable(f.workload) {
		return
	}
	for _, b := range f.budgets {
		if b.guards(f.workload, f.Namespace) {
			if b.limit != "maxUnavailable "+most {
				f.moot("maxUnavailable", fmt.Sprintf("has the PodDisruptionBudget %s with %s", b.name, b.limit))
			}
			return
		}
	}
	spec := map[string]any{"maxUnavailable": numberOr(most), "selector": selector}
	if f.workload.GetKind() != "StatefulSet" { // whose pod may hold the last copy of something
		spec["unhealthyPodEvictionPolicy"] = "AlwaysAllow"
	}
	pdb := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "spec": spec}}
	pdb.SetNamespace(f.workload.GetNamespace())
	pdb.SetName(f.workload.GetName())
	if f.taken(pdb.GetNamespace(), pdb.GetName()) {
		pdb.SetName(f.workload.GetName() + "-" + strings.ToLower(f.workload.GetKind()))
	}
	f.named[pdb.GetNamespace()+"/"+pdb.GetName()] = true
	f.out.objects = append(f.out.objects, Object{Unstructured: pdb, Origin: f.descriptor(guide.SLAFile)})
}

func (f *fortification) taken(namespace, name string) bool {
	return f.named[namespace+"/"+name] || slices.ContainsFunc(f.budgets, func(b budget) bool {
		return b.namespace == cmp.Or(namespace, f.Namespace) && b.name == name
	})
}

// numberOr is a number, or the percentage that it is not.
func numberOr(text string) any {
	if n, err := strconv.ParseInt(text, 10, 32); err == nil {
		return n
	}
	return text
}

// pods is the workload's pod template's spec; nil for one that has none.
func (f *fortification) pods() map[string]any {
	spec, _, _ := unstructured.NestedFieldNoCopy(f.workload.Object, "spec", "template", "spec")
	m, _ := spec.(map[string]any)
	return m
}

// spread adds a constraint unless there is one for the same kind of place.
func (f *fortification) spread(field, place string, skew int32, required bool) {
	pods := f.pods()
	selector, ok, _ := unstructured.NestedMap(f.workload.Object, "spec", "selector")
	if skew == 0 || pods == nil || !ok || !scalable(f.workload) {
		return
	}
	otherwise := map[bool]string{true: "DoNotSchedule", false: "ScheduleAnyway"}[required]
	constraints, _ := pods["topologySpreadConstraints"].([]any)
	for _, c := range constraints {
		if m, _ := c.(map[string]any); m["topologyKey"] == place {
			if m["maxSkew"] != int64(skew) || m["whenUnsatisfiable"] != otherwise {
				f.moot("spread."+field, fmt.Sprintf("has a topologySpreadConstraint of its own over %s", field))
			}
			return
		}
	}
	pods["topologySpreadConstraints"] = append(slices.Clone(constraints), map[string]any{
		"topologyKey": place, "maxSkew": int64(skew), "whenUnsatisfiable": otherwise, "labelSelector": selector,
	})
}

// priority names a PriorityClass unless one is named.
func (f *fortification) priority(class string) {
	pods := f.pods()
	if class == "" || pods == nil {
		return
	}
	switch own, _ := pods["priorityClassName"].(string); own {
	case "":
		pods["priorityClassName"] = class
	case class:
	default:
		f.moot("priority", "has the priority class "+own+" of its own")
	}
}
