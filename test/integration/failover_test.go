package integration

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/sites"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/monitor/failover"
	"github.com/spotguide/spotguide/test/controlplane"
)

const failoverFile = `apiVersion: spotguide.dev/v1
kind: SLA
failover:
  sites: [vienna, graz]
  peer: other-site
  witness: witness
  after: 8s
  stop: 3s
  traffic: {primary: {example.com/weight: "100"}}
autoscaling:
  cart: {minReplicas: 2, maxReplicas: 4, cpu: 70}
`

// outside is what stands at the primary only, and more than half of all.
const outside = `apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {type: LoadBalancer, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: cart-agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {nodeSelector: {nowhere: "true"}, containers: [{name: main, image: "registry.example.com/agent:1"}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: other}
spec: {defaultBackend: {service: {name: cart, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: cart}
spec: {rules: [{host: cart.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: cart, port: {number: 80}}}}]}}]}
`

// clusterSite is one of two clusters that an application moves between.
type clusterSite struct {
	*world
	name, namespace string
	// peer and witness stand between its agent and the other clusters.
	peer, witness *proxy
	process       *process
}

// another is a world in a cluster of its own, with the same Git server.
func (w *world) another() *world {
	w.Helper()
	o := *w
	o.kubeconfig = controlplane.Another(w.T)
	cluster, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	w.must(err)
	cluster.QPS = -1
	o.client, err = kubernetes.NewForConfig(cluster)
	w.must(err)
	o.config.Data = w.TempDir()
	o.role()
	return &o
}

// leads makes the Secret with which a site reaches another cluster.
func (s *clusterSite) leads(secret, namespace string, p *proxy) {
	s.Helper()
	_, err := s.client.CoreV1().Secrets(s.namespace).Create(s.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: secret},
		Data: map[string][]byte{"kubeconfig": fmt.Appendf(nil, `{apiVersion: v1, kind: Config, current-context: c,
contexts: [{name: c, context: {cluster: c, user: u, namespace: %s}}], clusters: [{name: c, cluster: {server: %q}}], users: [{name: u}]}`, namespace, p.server)},
	}, metav1.CreateOptions{})
	s.must(err)
}

// cut separates a site's agent from all others, or joins it again.
func (s *clusterSite) cut(other *clusterSite, down bool) {
	s.peer.setDown(down)
	s.witness.setDown(down)
	other.peer.setDown(down)
}

// ready waits until the site's Deployment has so many ready pods.
func (s *clusterSite) ready(n int32) *appsv1.Deployment {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	events, err := s.client.AppsV1().Deployments(s.namespace).Watch(ctx, metav1.ListOptions{})
	s.must(err)
	defer events.Stop()
	for event := range events.ResultChan() {
		if d, ok := event.Object.(*appsv1.Deployment); ok && d.Status.ReadyReplicas == n && *d.Spec.Replicas == n && d.Status.Replicas == n {
			return d
		}
	}
	s.Fatalf("%s never had %d pods", s.name, n)
	return nil
}

// pods are those that run at the site.
func (s *clusterSite) pods() int {
	s.Helper()
	all, err := s.client.CoreV1().Pods(s.namespace).List(s.Context(), metav1.ListOptions{})
	s.must(err)
	return len(all.Items)
}

func (s *clusterSite) routed() bool {
	s.Helper()
	_, err := s.client.NetworkingV1().Ingresses(s.namespace).Get(s.Context(), "cart", metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		s.must(err)
	}
	return err == nil
}

// stands waits until the site's agent tells of a role and an epoch.
func (s *clusterSite) stands(role failover.Role, epoch int64) status.Application {
	s.Helper()
	var found status.Application
	s.until(s.namespace, fmt.Sprintf("%s as %s by epoch %d", s.name, role, epoch), func(all status.Status) bool {
		if len(all.Applications) != 1 {
			return false
		}
		found = all.Applications[0]
		return found.Site != nil && found.Site.Role == string(role) && found.Site.Epoch == epoch && found.Phase == status.Healthy
	})
	return found
}

// newSites is a repository, and a namespace that follows it in each of two clusters.
func newSites(t *testing.T) (vienna, graz *clusterSite) {
	w := newWorld(t)
	url := w.repository("cart", map[string]string{
		"web.yaml": fill(deployment, "cart", "one"), "ingress.yaml": outside,
		".spotguide/sla.yaml": failoverFile,
	})
	witness := w.namespace("") // follows nothing
	graz = &clusterSite{world: w, name: "graz"}
	vienna = &clusterSite{world: w.another(), name: "vienna"}
	for _, s := range []*clusterSite{vienna, graz} {
		s.namespace = s.world.namespace(url, binding.Environment, s.name)
	}
	vienna.peer, graz.peer = graz.proxy(), vienna.proxy()
	vienna.witness, graz.witness = graz.proxy(), graz.proxy()
	for _, s := range []*clusterSite{vienna, graz} {
		other := map[*clusterSite]*clusterSite{vienna: graz, graz: vienna}[s]
		s.leads("other-site", other.namespace, s.peer)
		s.leads("witness", witness, s.witness)
		s.process = s.agent()
	}
	return vienna, graz
}

// TestFailover moves an application between two clusters: one is cut off, one is
// asked by a person, one loses its agent. It never runs in both.
func TestFailover(t *testing.T) {
	vienna, graz := newSites(t)
	d := vienna.ready(2)
	vienna.stands(failover.Primary, 1)
	if a := graz.stands(failover.Standby, 1); a.Message != "standby of vienna, epoch 1" || a.Revision == "" {
		t.Errorf("graz is %s: %s", a.Revision, a.Message)
	}
	if graz.pods() > 0 || graz.routed() || !vienna.routed() || d.Spec.Template.Annotations[sites.Epoch] != "1" {
		t.Errorf("graz has %d pods, routed %t and %t, %v", graz.pods(), vienna.routed(), graz.routed(), d.Spec.Template.Annotations)
	}
	i, err := vienna.client.NetworkingV1().Ingresses(vienna.namespace).Get(t.Context(), "cart", metav1.GetOptions{})
	vienna.must(err)
	if i.Annotations["example.com/weight"] != "100" {
		t.Errorf("the primary's Ingress has %v", i.Annotations)
	}

	// Cut off, it stops by itself before the other one begins.
	began := time.Now()
	vienna.cut(graz, true)
	vienna.ready(0)
	stopped := time.Since(began)
	if graz.pods() > 0 {
		t.Errorf("graz began before vienna had stopped")
	}
	d = graz.ready(2)
	t.Logf("cut off, vienna had stopped after %s, and graz ran after %s", stopped, time.Since(began))
	if vienna.pods() > 0 || d.Spec.Template.Annotations[sites.Epoch] != "2" {
		t.Errorf("vienna has %d pods, graz %v", vienna.pods(), d.Spec.Template.Annotations)
	}
	graz.stands(failover.Primary, 2)
	for _, told := range []string{graz.told(graz.namespace, "FailedOver", 1)[0], graz.told(graz.namespace, "Serves", 1)[0]} {
		t.Log(told)
	}

	// It comes back with an older epoch, and stays down; a commit runs where the
	// primary is, and is held ready here.
	vienna.cut(graz, false)
	vienna.stands(failover.Standby, 2)
	second := graz.commit("cart", "second", map[string]string{"web.yaml": fill(deployment, "cart", "two")})
	graz.nudge(graz.namespace)
	graz.untilHealthyAt(graz.namespace, second)
	vienna.nudge(vienna.namespace)
	if vienna.pods() > 0 || vienna.routed() || !graz.routed() {
		t.Errorf("vienna has %d pods, routed %t and %t", vienna.pods(), vienna.routed(), graz.routed())
	}

	// Back by hand: the primary stops first.
	vienna.annotate(vienna.namespace, binding.Approved, failover.Ask([]string{"vienna", "graz"}, "vienna", 3))
	vienna.ready(2)
	if graz.pods() > 0 {
		t.Errorf("vienna began while graz had %d pods", graz.pods())
	}
	vienna.stands(failover.Primary, 3)
	graz.stands(failover.Standby, 3)

	// Its agent dies, and leaves its pods. Its cluster answers, so they are stopped.
	vienna.process.stop(syscall.SIGKILL)
	graz.ready(2)
	if vienna.pods() > 0 {
		t.Errorf("graz began while vienna had %d pods", vienna.pods())
	}
	graz.stands(failover.Primary, 4)
	vienna.agent()
	vienna.stands(failover.Standby, 4)
	if vienna.pods() > 0 || graz.pods() != 2 {
		t.Errorf("in the end vienna has %d pods and graz %d", vienna.pods(), graz.pods())
	}
}
