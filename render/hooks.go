package render

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Annotations that take the place of Helm's and Argo CD's hooks.
const (
	// StageAnnotation orders an object before ("early") or after ("late") the
	// others.
	StageAnnotation = "spotguide.dev/stage"
	// ForceAnnotation lets an object be made anew when a field cannot change.
	ForceAnnotation = "spotguide.dev/force"

	StageEarly = "early"
	StageLate  = "late"
)

const (
	hookAnnotation       = "helm.sh/hook"
	argoHookAnnotation   = "argocd.argoproj.io/hook"
	hookWeightAnnotation = "helm.sh/hook-weight"
)

// stage turns hooks into ordinary objects and puts the set in order:
// definitions and namespaces, early hooks, the rest, late hooks.
func stage(out *output) []Object {
	var first, early, main, late []Object
	for _, o := range out.objects {
		switch where, isHook := hookStage(o); {
		case isHook && where == "":
			if !isTest(o) {
				out.notice("%s: %s runs on failure, delete or rollback only (%s), left out",
					o.Origin, Describe(o.Unstructured), hooksOf(o))
			}
		case where == StageEarly:
			early = append(early, markHook(o, where))
		case where == StageLate:
			late = append(late, markHook(o, where))
		case o.GetKind() == "CustomResourceDefinition" || o.GetKind() == "Namespace":
			first = append(first, o)
		default:
			main = append(main, o)
		}
	}
	slices.SortStableFunc(early, byWeight)
	slices.SortStableFunc(late, byWeight)
	return slices.Concat(first, early, main, late)
}

// hookStage says whether an object is a hook, and where it goes: nowhere if it
// is for none of install and upgrade.
func hookStage(o Object) (where string, isHook bool) {
	hooks := hooksOf(o)
	for hook := range strings.SplitSeq(hooks, ",") {
		switch strings.ToLower(strings.TrimSpace(hook)) {
		case "crd-install", "sync":
			return "", false
		case "pre-install", "pre-upgrade", "presync":
			return StageEarly, true
		case "post-install", "post-upgrade", "postsync":
			where = StageLate
		}
	}
	return where, hooks != ""
}

// hooksOf is what Argo CD goes by: its own annotation, else Helm's.
func hooksOf(o Object) string {
	annotations := o.GetAnnotations()
	return cmp.Or(annotations[argoHookAnnotation], annotations[hookAnnotation])
}

func isTest(o Object) bool {
	return strings.HasPrefix(hooksOf(o), "test")
}

func markHook(o Object, where string) Object {
	annotations := o.GetAnnotations()
	annotations[StageAnnotation] = where
	if kind := o.GetKind(); (kind == "Job" || kind == "Pod") && annotations[ForceAnnotation] == "" {
		annotations[ForceAnnotation] = "true"
	}
	o.SetAnnotations(annotations)
	return o
}

func byWeight(a, b Object) int { return cmp.Compare(weight(a), weight(b)) }

func weight(o Object) int {
	n, err := strconv.Atoi(o.GetAnnotations()[hookWeightAnnotation])
	if err != nil {
		return 0
	}
	return n
}
