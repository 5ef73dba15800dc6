package compose

import (
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// amounts are how many replicas run, and what each may use.
func amounts(to *Service, s types.ServiceConfig) {
	scale := s.Scale
	var deploy types.Resources
	if s.Deploy != nil {
		deploy = s.Deploy.Resources
		if s.Deploy.Replicas != nil {
			scale = s.Deploy.Replicas
		}
		if s.Deploy.Mode == "global" && to.Component.Workload == "" && !to.Component.OwnVolumes() {
			to.Component.Workload = guide.WorkloadDaemonSet
		}
	}
	if scale != nil && *scale >= 0 && *scale <= 1000 {
		n := int32(*scale)
		to.Replicas = &n
	}
	limits := map[string]string{}
	requests := map[string]string{}
	memory(limits, int64(s.MemLimit))
	memory(requests, int64(s.MemReservation))
	processors(limits, float64(s.CPUS))
	if deploy.Limits != nil {
		memory(limits, int64(deploy.Limits.MemoryBytes))
		processors(limits, float64(deploy.Limits.NanoCPUs))
	}
	if deploy.Reservations != nil {
		memory(requests, int64(deploy.Reservations.MemoryBytes))
		processors(requests, float64(deploy.Reservations.NanoCPUs))
	}
	if len(limits)+len(requests) > 0 {
		to.Resources = &guide.Resources{Requests: requests, Limits: limits}
	}
}

func memory(to map[string]string, bytes int64) {
	if bytes > 0 {
		to["memory"] = resource.NewQuantity(bytes, resource.BinarySI).String()
	}
}

func processors(to map[string]string, n float64) {
	if n > 0 {
		to["cpu"] = strconv.FormatInt(max(1, int64(n*1000+0.5)), 10) + "m"
	}
}

// refuse tells what a service asks for and is not given.
func (l *load) refuse(s types.ServiceConfig) {
	var asked []string
	for _, one := range []struct {
		is   bool
		what string
	}{
		{s.Privileged, "privileged"}, {len(s.CapAdd) > 0, "cap_add"}, {len(s.Devices) > 0, "devices"},
		{s.NetworkMode != "" && s.NetworkMode != "bridge" && s.NetworkMode != "default", "network_mode " + s.NetworkMode}, {s.Pid != "", "pid"}, {s.Ipc != "" && s.Ipc != "private", "ipc"},
		{len(s.ExtraHosts) > 0, "extra_hosts"}, {len(s.DNS) > 0, "dns"}, {len(s.Sysctls) > 0, "sysctls"}, {len(s.Gpus) > 0, "gpus"},
		{len(s.VolumesFrom) > 0, "volumes_from"}, {len(s.Models) > 0, "models"}, {s.Provider != nil, "provider"},
		{len(s.PostStart)+len(s.PreStart)+len(s.PreStop) > 0, "hooks"},
	} {
		if one.is {
			asked = append(asked, one.what)
		}
	}
	if len(asked) > 0 {
		l.notice("service %s asks for %s, which it is not given", s.Name, strings.Join(asked, ", "))
	}
}
