package compose

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// maxPorts is how many of a range are taken.
const maxPorts = 64

// plain are ports on which nobody expects HTTP: of databases, brokers, debuggers
// and what is encrypted.
var plain = []int32{
	21, 22, 23, 25, 53, 110, 143, 389, 443, 465, 587, 636, 993, 995, 1025, 1433, 1521, 1883, 2181, 2345, 3306, 33060, 4222, 4369, 5005, 5432,
	5671, 5672, 6222, 6379, 6380, 6650, 7000, 7687, 8883, 9092, 9093, 8443, 9094, 9160, 9443, 9229, 9230, 9300, 11211, 19092, 25672, 26257, 26379, 27017, 29092, 50000,
}

// ports are those of the container.
func (l *load) ports(to *Service, s types.ServiceConfig) {
	c := &to.Component
	for _, p := range s.Ports {
		protocol := cmp.Or(p.AppProtocol, l.protocol(int32(p.Target), p.Protocol))
		l.port(c, s.Name, int32(p.Target), protocol)
		to.Published = to.Published || protocol == guide.ProtocolHTTP || protocol == guide.ProtocolGRPC
	}
	for _, text := range s.Expose {
		number, kind, _ := strings.Cut(text, "/")
		first, last, isRange := strings.Cut(number, "-")
		if !isRange {
			last = first
		}
		from, err := strconv.ParseUint(first, 10, 16)
		until, err2 := strconv.ParseUint(last, 10, 16)
		if err != nil || err2 != nil {
			l.notice("service %s: %q is no port to expose", s.Name, text)
			continue
		}
		for n := from; n <= until; n++ {
			l.port(c, s.Name, int32(n), l.protocol(int32(n), kind))
		}
	}
	slices.SortStableFunc(c.Ports, func(a, b guide.Port) int { return cmp.Compare(order(a), order(b)) })
	for i := range c.Ports {
		c.Ports[i].Name = portName(c.Ports, i)
	}
}

// port adds one.
func (l *load) port(c *guide.Component, service string, number int32, protocol string) {
	switch {
	case number < 1 || number > 65535:
		return
	case len(c.Ports) == maxPorts:
		l.notice("service %s: only %d of its ports are taken", service, maxPorts)
		return
	case slices.ContainsFunc(c.Ports, func(p guide.Port) bool {
		return p.Port == number && (p.Protocol == guide.ProtocolUDP) == (protocol == guide.ProtocolUDP)
	}):
		return
	}
	switch protocol {
	case guide.ProtocolGRPC, guide.ProtocolUDP, guide.ProtocolTCP:
	case "http", "https", "ws":
		protocol = guide.ProtocolHTTP
	default:
		protocol = guide.ProtocolTCP
	}
	c.Ports = append(c.Ports, guide.Port{Port: number, Protocol: protocol})
}

func (l *load) protocol(number int32, kind string) string {
	switch {
	case kind == "udp":
		return guide.ProtocolUDP
	case slices.Contains(plain, number):
		return guide.ProtocolTCP
	}
	return guide.ProtocolHTTP
}

// order puts what speaks HTTP first, UDP last.
func order(p guide.Port) int {
	return slices.Index([]string{guide.ProtocolHTTP, guide.ProtocolGRPC, guide.ProtocolTCP, guide.ProtocolUDP}, p.Protocol)
}

func portName(ports []guide.Port, i int) string {
	if p := ports[i]; i > 0 || p.Protocol == guide.ProtocolTCP || p.Protocol == guide.ProtocolUDP {
		return fmt.Sprintf("%s-%d", p.Protocol, p.Port)
	}
	return ports[i].Protocol
}

// health is how a service tells that it can take requests.
func (l *load) health(c *guide.Component, s types.ServiceConfig) {
	h := s.HealthCheck
	if h == nil || h.Disable || len(h.Test) < 2 {
		return
	}
	switch h.Test[0] {
	case "CMD":
		c.Probes = &guide.Probes{Command: l.words(h.Test[1:])}
	case "CMD-SHELL":
		c.Probes = &guide.Probes{Command: []string{"/bin/sh", "-c", l.value(h.Test[1])}}
	}
}
