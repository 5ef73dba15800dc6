package guide

import (
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"k8s.io/apimachinery/pkg/util/validation"
)

// The bounds of a step: tries after the first, time for all of them.
const (
	maxRetries = 10
	maxTimeout = 24 * time.Hour
)

func checkSteps(d document, a Application) {
	stages := map[string]Stage{}
	for _, stage := range []Stage{StageBefore, StageAfter} {
		for i, s := range a.Steps.Of(stage) {
			p := at("steps", string(stage), i)
			checkStep(d, s, p)
			if first, twice := stages[s.Name]; twice && first != stage {
				d.problem(under(p, "name"), "name it otherwise", "a step %s is called %q, too", first, s.Name)
			}
			stages[s.Name] = stage
			switch {
			case stage == StageAfter:
				oneOf(d, s.OnFailure, under(p, "onFailure"), OnFailureRollback, OnFailureTell)
			case s.OnFailure != "":
				d.problem(under(p, "onFailure"), "take it out: when it fails, what runs goes on running", "is for a step after only")
			}
			checkStepComponent(d, a, s, p)
		}
	}
}

func checkStep(d document, s Step, p []any) {
	d.label(s.Name, under(p, "name"))
	switch {
	case s.Run != "" && len(s.Command)+len(s.Args) > 0:
		d.problem(under(p, "run"), "keep one of the two", "is given beside command or args")
	case s.Run == "" && len(s.Command)+len(s.Args) == 0 && s.Image == "":
		d.problem(p, `say what it does, such as run: "npm test"`, "has neither run nor command")
	}
	if s.Image != "" {
		if _, err := name.ParseReference(s.Image, name.WeakValidation); err != nil {
			d.problem(under(p, "image"), "write it as registry/name:tag", "%q is no image reference", s.Image)
		}
	}
	for _, variable := range sortedKeys(s.Env) {
		if errs := validation.IsEnvVarName(variable); len(errs) > 0 {
			d.problem(under(p, "env", variable), "", "%q is no name of an environment variable", variable)
		}
	}
	for _, key := range sortedKeys(s.Annotations) {
		if errs := validation.IsQualifiedName(key); len(errs) > 0 {
			d.problem(under(p, "annotations", key), "", "%q is no name of an annotation", key)
		}
	}
	if t := s.Timeout.Duration; t != 0 && (t < time.Second || t > maxTimeout) {
		d.problem(under(p, "timeout"), "", "must be from 1s to 24h, but is %s", t)
	}
	between(d, s.Retries, 0, maxRetries, under(p, "retries"))
}

// checkStepComponent demands a component that is there, where all are known.
func checkStepComponent(d document, a Application, s Step, p []any) {
	if s.Component == "" || a.Render.Engine != EngineChart || len(a.Components) == 0 {
		return
	}
	if _, known := a.Component(s.Component); known {
		return
	}
	names := make([]string, len(a.Components))
	for i, c := range a.Components {
		names[i] = c.Name
	}
	d.problem(under(p, "component"), suggest(s.Component, names), "there is no component %q", s.Component)
}
