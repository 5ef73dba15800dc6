package inventory

// Marks that every object we apply bears, and annotations that it may bear.
const (
	// Manager is our field manager for server-side apply.
	Manager = "spotguide"

	LabelApplication = "spotguide.dev/application"
	LabelNamespace   = "spotguide.dev/namespace"

	// AnnotationPrune "false": the object is never pruned.
	AnnotationPrune = "spotguide.dev/prune"
	// AnnotationDrift is the object's own drift mode.
	AnnotationDrift = "spotguide.dev/drift"
	// AnnotationForce "true": the object may be deleted and made again when a
	// field that has to change is immutable.
	AnnotationForce = "spotguide.dev/force"
	// AnnotationStage "early" or "late": the object is applied before or after
	// the others.
	AnnotationStage = "spotguide.dev/stage"
)

// What an object may ask for with AnnotationStage.
const (
	StageEarly = "early"
	StageLate  = "late"
)

// Drift modes.
const (
	DriftCorrect = "correct"
	DriftWarn    = "warn"
	DriftIgnore  = "ignore"
)

// OwnerOf reads the owner from an object's labels; the zero Owner when no
// application owns it.
func OwnerOf(labels map[string]string) Owner {
	return Owner{Namespace: labels[LabelNamespace], Application: labels[LabelApplication]}
}
