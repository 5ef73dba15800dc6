package guide

import (
	"io/fs"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/robfig/cron/v3"
	"k8s.io/apimachinery/pkg/util/validation"
)

// checkApplication checks application.yaml. An overlay has neither detection
// nor the duty to name and render anything.
func checkApplication(d document, g *Guide, overlay bool) {
	a := g.Application
	if a.Name != "" || !overlay {
		d.label(a.Name, at("name"))
	}
	if overlay {
		if d.over.field("detect") != nil {
			d.at(d.over.key("detect"), "detect", "take it out; to choose a guide write guide: NAME", "has no effect in "+OverlayDir)
		}
	} else if a.Guide != "" {
		d.problem(at("guide"), "", "only an application's "+OverlayDir+" may name a guide")
	}
	checkDetect(d, a.Detect)
	checkRender(d, g)
	for i, c := range a.Components {
		checkComponent(d, c, at("components", i))
	}
	oneOf(d, a.Build.Method, at("build", "method"), BuildDockerfile, BuildKo)
	checkSteps(d, a)
}

func checkDetect(d document, detect Detect) {
	lists := map[string][]Pattern{"all": detect.All, "any": detect.Any, "none": detect.None}
	for _, key := range sortedKeys(lists) {
		for i, p := range lists[key] {
			d.pattern(p.File, at("detect", key, i, "file"))
			d.expression(p.Contains, -1, at("detect", key, i, "contains"))
		}
	}
	for i, f := range detect.Facts {
		p := at("detect", "facts", i)
		d.pattern(f.File, under(p, "file"))
		if f.Name == "" {
			d.problem(under(p, "fact"), "", "is missing")
		}
		if f.Line == "" {
			d.problem(under(p, "line"), "give a regular expression with one group", "is missing")
		}
		d.expression(f.Line, 1, under(p, "line"))
		d.expression(f.Reset, -1, under(p, "reset"))
		oneOf(d, f.Take, under(p, "take"), TakeFirst, TakeLast, TakeAll)
	}
}

func checkRender(d document, g *Guide) {
	engine := g.Application.Render.Engine
	oneOf(d, engine, at("render", "engine"), Engines()...)
	for i, file := range g.Application.Render.Exclude {
		d.pattern(file, at("render", "exclude", i))
	}
	if engine == "" {
		d.problem(at("render", "engine"), "choose chart, helm, kustomize or manifests", "is missing")
	}
	if engine != EngineChart {
		return
	}
	if g.Chart == nil {
		d.problem(at("render", "engine"), "", "this guide has no chart")
	} else if _, err := fs.Stat(g.Chart, "Chart.yaml"); err != nil {
		d.problem(at("render", "engine"), "add the chart, or choose another engine", "needs chart/Chart.yaml in the guide")
	}
}

func checkComponent(d document, c Component, p []any) {
	d.label(c.Name, under(p, "name"))
	oneOf(d, c.Workload, under(p, "workload"), WorkloadDeployment, WorkloadStatefulSet,
		WorkloadDaemonSet, WorkloadJob, WorkloadCronJob)
	if c.Image != "" {
		if _, err := name.ParseReference(c.Image, name.WeakValidation); err != nil {
			d.problem(under(p, "image"), "write it as registry/name:tag", "%q is no image reference", c.Image)
		}
	}
	for _, variable := range sortedKeys(c.Env) {
		if errs := validation.IsEnvVarName(variable); len(errs) > 0 {
			d.problem(under(p, "env", variable), "", "%q is no name of an environment variable", variable)
		}
	}
	for i, port := range c.Ports {
		checkPort(d, port, under(p, "ports", i))
	}
	for i, alias := range c.Aliases {
		d.label(alias, under(p, "aliases", i))
	}
	d.absolute(c.WorkingDir, under(p, "workingDir"))
	if c.User != nil && *c.User < 0 {
		d.problem(under(p, "user"), "", "%d is no number of a user", *c.User)
	}
	checkVolumes(d, c, under(p, "volumes"))
	checkSchedule(d, c, p)
	checkProbes(d, c, under(p, "probes"))
}

// checkSchedule checks what only a CronJob has, and has to have.
func checkSchedule(d document, c Component, p []any) {
	switch {
	case c.Workload == WorkloadCronJob && c.Schedule == "":
		d.problem(under(p, "schedule"), `say when it runs, such as "0 3 * * *"`, "is missing for a CronJob")
	case c.Workload != WorkloadCronJob && c.Schedule != "":
		d.problem(under(p, "schedule"), "write workload: CronJob, or take it out", "is for a CronJob only")
	case c.Workload != WorkloadCronJob && c.TimeZone != "":
		d.problem(under(p, "timeZone"), "write workload: CronJob, or take it out", "is for a CronJob only")
	case c.Schedule != "":
		if _, err := cron.ParseStandard(c.Schedule); err != nil {
			d.problem(under(p, "schedule"), `write minute, hour, day, month and weekday, such as "0 3 * * *"`, "%q is no schedule", c.Schedule)
		}
		if _, err := time.LoadLocation(c.TimeZone); err != nil {
			d.problem(under(p, "timeZone"), "write it as Region/City", "%q is no time zone", c.TimeZone)
		}
	}
}

func checkPort(d document, port Port, p []any) {
	if port.Name == "" {
		d.problem(under(p, "name"), "", "is missing")
	} else if errs := validation.IsValidPortName(port.Name); len(errs) > 0 {
		d.problem(under(p, "name"), "use lower-case letters, digits and dashes, at most 15, one letter at least",
			"%q is no port name", port.Name)
	}
	between(d, port.Port, 1, 65535, under(p, "port"))
	oneOf(d, port.Protocol, under(p, "protocol"), ProtocolHTTP, ProtocolGRPC, ProtocolTCP, ProtocolUDP)
	d.absolute(port.Path, under(p, "path"))
	if port.Path != "" && (port.Protocol == ProtocolTCP || port.Protocol == ProtocolUDP) {
		d.problem(under(p, "path"), "leave it out", "only http and grpc are routed by path, not %s", port.Protocol)
	}
}

func checkProbes(d document, c Component, p []any) {
	if c.Probes == nil {
		return
	}
	d.absolute(c.Probes.Readiness, under(p, "readiness"))
	d.absolute(c.Probes.Liveness, under(p, "liveness"))
	d.absolute(c.Probes.Startup, under(p, "startup"))
	if len(c.Probes.Command) > 0 && c.Probes.Readiness != "" {
		d.problem(under(p, "command"), "take one of them out", "there is a path for readiness already")
	}
	for _, port := range c.Ports {
		if port.Protocol == ProtocolHTTP || port.Protocol == "" {
			return
		}
	}
	if c.Probes.Paths() && len(c.Ports) > 0 {
		d.problem(p, "add one, or take the probes out for TCP ones", "there is no http port to probe")
	}
}
