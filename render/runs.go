package render

import (
	"maps"
	"strconv"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// portVariable is how most platforms tell a program where to listen.
const portVariable = "PORT"

// runs fills in what a component leaves open of how it runs, by what its source
// code is.
func runs(c guide.Component, s guide.Stack) guide.Component {
	switch {
	case c.Workload != "":
	case c.Schedule != "":
		c.Workload = guide.WorkloadCronJob
	case s.Schedule != "":
		c.Workload, c.Schedule = guide.WorkloadCronJob, s.Schedule
	case s.Kind == guide.KindJob || s.Kind == guide.KindCron:
		c.Workload = guide.WorkloadJob
	}
	if c.Workload == guide.WorkloadJob || c.Workload == guide.WorkloadCronJob {
		return c // it answers nobody
	}
	if len(c.Ports) == 0 {
		c.Ports = s.Ports
	}
	if c.Probes == nil && s.Health != "" && hasHTTP(c.Ports) {
		c.Probes = &guide.Probes{Readiness: s.Health}
	}
	if _, own := c.Env[portVariable]; !own && len(c.Ports) > 0 {
		env := map[string]string{portVariable: strconv.Itoa(int(c.Ports[0].Port))}
		maps.Copy(env, c.Env)
		c.Env = env
	}
	return c
}

func hasHTTP(ports []guide.Port) bool {
	for _, p := range ports {
		if p.Protocol == "" || p.Protocol == guide.ProtocolHTTP {
			return true
		}
	}
	return false
}
