package sites

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/spotguide/spotguide/monitor/failover"
	"github.com/spotguide/spotguide/spotguides/guide"
)

func TestShape(t *testing.T) {
	settings := guide.Failover{Traffic: guide.FailoverTraffic{
		Routes: guide.RoutesPrimary, Primary: map[string]string{"weight": "100"}, Standby: map[string]string{"weight": "0"},
	}}
	both := settings
	both.Traffic.Routes = guide.RoutesBoth
	primary, standby := Standing{Role: failover.Primary, Epoch: 3}, Standing{Role: failover.Standby, Epoch: 3}
	const (
		deployment = "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 2, template: {metadata: {annotations: {a: b}}}}}"
		ingress    = "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {annotations: {a: b}}}"
		daemons    = "{apiVersion: apps/v1, kind: DaemonSet, spec: {template: {}}}"
	)
	for _, test := range []struct {
		object   string
		s        Standing
		settings guide.Failover
		want     string // empty for none
	}{
		{deployment, primary, settings, "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 2, template: {metadata: {annotations: {a: b, spotguide.dev/epoch: '3'}}}}}"},
		{deployment, standby, settings, "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 0, template: {metadata: {annotations: {a: b}}}}}"},
		{"{apiVersion: apps/v1, kind: StatefulSet, spec: {}}", standby, settings, "{apiVersion: apps/v1, kind: StatefulSet, spec: {replicas: 0}}"},
		{"{apiVersion: batch/v1, kind: CronJob, spec: {}}", standby, settings, "{apiVersion: batch/v1, kind: CronJob, spec: {suspend: true}}"},
		{"{apiVersion: batch/v1, kind: Job, spec: {}}", standby, settings, "{apiVersion: batch/v1, kind: Job, spec: {suspend: true}}"},
		{daemons, standby, settings, ""},
		{daemons, primary, settings, "{apiVersion: apps/v1, kind: DaemonSet, spec: {template: {metadata: {annotations: {spotguide.dev/epoch: '3'}}}}}"},
		{ingress, primary, settings, "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {annotations: {a: b, weight: '100'}}}"},
		{ingress, standby, settings, ""},
		{ingress, standby, both, "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {annotations: {a: b, weight: '0'}}}"},
		{"{apiVersion: v1, kind: Service, spec: {type: LoadBalancer}}", standby, settings, ""},
		{"{apiVersion: v1, kind: Service, spec: {}}", standby, settings, "{apiVersion: v1, kind: Service, spec: {}, metadata: {annotations: {weight: '0'}}}"},
		{"{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute}", standby, settings, ""},
		{"{apiVersion: v1, kind: ConfigMap}", standby, settings, "{apiVersion: v1, kind: ConfigMap}"},
	} {
		o := object(t, test.object)
		there := Shape(o, test.s, test.settings)
		if there != (test.want != "") {
			t.Errorf("%s at a %s is there: %t", test.object, test.s.Role, there)
		}
		if diff := cmp.Diff(object(t, test.want), o); there && diff != "" {
			t.Errorf("%s at a %s: %s", test.object, test.s.Role, diff)
		}
	}
}

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err == nil && text != "" {
		err = o.UnmarshalJSON(raw)
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}
