package sites

import (
	"maps"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/spotguide/spotguide/monitor/failover"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// Epoch is the annotation of pods with the epoch by which they run, for a data path
// that refuses older ones.
const Epoch = "spotguide.dev/epoch"

// Shape makes of a rendered object what it is at a site: without pods at a standby,
// and with what leads traffic there only where it should. It changes the object, and
// returns false for one that is not to be there at all.
func Shape(o *unstructured.Unstructured, s Standing, settings guide.Failover) bool {
	primary := s.Role == failover.Primary
	if routes(o) {
		if !primary && settings.Traffic.Routes != guide.RoutesBoth {
			return false
		}
		annotate(o, settings.Traffic, primary)
	} else if o.GetKind() == "Service" {
		annotate(o, settings.Traffic, primary)
	}
	if primary {
		return mark(o, s)
	}
	return idle(o)
}

// routes tells whether an object leads traffic from outside.
func routes(o *unstructured.Unstructured) bool {
	switch kind := o.GroupVersionKind(); kind.Group {
	case "":
		t, _, _ := unstructured.NestedString(o.Object, "spec", "type")
		return kind.Kind == "Service" && t == "LoadBalancer"
	case "networking.k8s.io":
		return kind.Kind == "Ingress"
	case "gateway.networking.k8s.io":
		return kind.Kind == "HTTPRoute" || kind.Kind == "GRPCRoute" || kind.Kind == "TLSRoute" || kind.Kind == "TCPRoute" || kind.Kind == "UDPRoute"
	case "traefik.io":
		return kind.Kind == "IngressRoute" || kind.Kind == "IngressRouteTCP" || kind.Kind == "IngressRouteUDP"
	}
	return false
}

func annotate(o *unstructured.Unstructured, t guide.FailoverTraffic, primary bool) {
	add := t.Standby
	if primary {
		add = t.Primary
	}
	if len(add) == 0 {
		return
	}
	all := map[string]string{}
	maps.Copy(all, o.GetAnnotations())
	maps.Copy(all, add)
	o.SetAnnotations(all)
}

// mark tells pods by which epoch they run.
func mark(o *unstructured.Unstructured, s Standing) bool {
	switch o.GroupVersionKind().Group + "/" + o.GetKind() {
	case "apps/Deployment", "apps/StatefulSet", "apps/DaemonSet":
		annotations, _, err := unstructured.NestedStringMap(o.Object, "spec", "template", "metadata", "annotations")
		if err != nil {
			return true // the API server tells what is wrong with it
		}
		all := map[string]string{}
		maps.Copy(all, annotations)
		all[Epoch] = strconv.FormatInt(s.Epoch, 10)
		_ = unstructured.SetNestedStringMap(o.Object, all, "spec", "template", "metadata", "annotations")
	}
	return true
}

// idle takes the pods away.
func idle(o *unstructured.Unstructured) bool {
	switch o.GroupVersionKind().Group + "/" + o.GetKind() {
	case "apps/Deployment", "apps/StatefulSet", "apps/ReplicaSet":
		_ = unstructured.SetNestedField(o.Object, int64(0), "spec", "replicas")
	case "batch/CronJob", "batch/Job":
		_ = unstructured.SetNestedField(o.Object, true, "spec", "suspend")
	case "apps/DaemonSet", "/Pod":
		return false
	}
	return true
}
