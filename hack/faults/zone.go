package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// zonePods are those of the application that is compared, three a zone.
const zonePods = 9

// spread is what the compared application asks of the scheduler, as all others do.
const spread = `topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: topology.kubernetes.io/zone
        whenUnsatisfiable: ScheduleAnyway
        labelSelector: {matchLabels: {app: zone}}`

func zoneLost(ctx context.Context, s *scene) error {
	nodes, err := s.nodesIn("zone-b")
	if err != nil {
		return err
	}
	p, err := s.newPair(ctx, "zone", manifest("zone", zonePods, "", spread), nil)
	if err != nil {
		return err
	}
	before := s.podsOn(nodes)
	if err := s.power(ctx, nodes, false); err != nil {
		return err
	}
	lost := time.Since(s.now.began)
	s.say("%d nodes with %d pods lose their power", len(nodes), before)
	if err := s.until(ctx, "all of them count as not ready", func() bool { return s.notReady(nodes) == len(nodes) }); err != nil {
		return err
	}
	if err := s.rest(ctx, max(0, time.Minute-(time.Since(s.now.began)-lost))); err != nil {
		return err
	}
	s.say("%d pods are not ready; %d lie on those nodes", s.unready(), s.podsOn(nodes))
	if err := s.tell(ctx, nodes, true); err != nil {
		return err
	}
	s.say("the fencing agent has tainted them: they are off")
	if err := s.elsewhere(ctx, p, nodes, lost); err != nil {
		return err
	}
	if err := s.power(ctx, nodes, true); err != nil {
		return err
	}
	if err := s.tell(ctx, nodes, false); err != nil {
		return err
	}
	back := time.Since(s.now.began)
	s.say("power and network are back, the taints are gone")
	if err := s.until(ctx, "all nodes are ready", func() bool { return s.notReady(nodes) == 0 }); err != nil {
		return err
	}
	return s.spreadAgain(ctx, p, back)
}

// elsewhere waits until the pods of the lost zone are ready in the other ones.
func (s *scene) elsewhere(ctx context.Context, p pair, nodes []string, lost time.Duration) error {
	var whole [2]record
	look := func() {
		for i := range 2 {
			whole[i] = whole[i].note(time.Since(s.now.began), s.readyBeyond(p.pods(i), nodes))
		}
	}
	if err := s.until(ctx, "nothing lies on those nodes any more", func() bool { look(); return s.podsOn(nodes) == 0 }); err != nil {
		return err
	}
	err := s.until(ctx, "all pods are ready in the other zones", func() bool { look(); return s.allReady() })
	look()
	s.compare("all pods are ready in the other zones after the loss", func(i int) string { return whole[i].after(lost, atLeast(zonePods)) })
	return err
}

// readyBeyond counts the pods that are ready on other nodes.
func (s *scene) readyBeyond(pods []*corev1.Pod, nodes []string) (n int) {
	on := map[string]bool{}
	for _, name := range nodes {
		on[name] = true
	}
	for _, p := range pods {
		if ready(p) && !on[p.Spec.NodeName] {
			n++
		}
	}
	return n
}

// spreadAgain waits until all that the agent looks after is spread over the zones.
func (s *scene) spreadAgain(ctx context.Context, p pair, back time.Duration) error {
	worst := 0
	var excess [2]record
	err := s.until(ctx, "every application is spread over the three zones again", func() bool {
		zones := s.zones()
		for i := range 2 {
			excess[i] = excess[i].note(time.Since(s.now.began), skew(p.pods(i), zones))
		}
		worst = max(worst, s.unready())
		if s.uneven(zones) > 0 || excess[with].at() > 1 {
			return false
		}
		s.say("at most %d pods were missing at a time meanwhile", worst)
		return true
	})
	s.compare(fmt.Sprintf("pods are spread over the zones again after these are back (watched for %.0f s)", (time.Since(s.now.began)-back).Seconds()),
		func(i int) string { return excess[i].after(back, atMost(1)) })
	return err
}

// zones are those of all nodes.
func (s *scene) zones() map[string]string {
	zones := map[string]string{}
	all, _ := s.nodesOf.List(labels.Everything()) // a lister's cache has no errors
	for _, node := range all {
		zones[node.Name] = node.Labels[corev1.LabelTopologyZone]
	}
	return zones
}

// uneven counts the applications that some zone has over one pod more of than
// another.
func (s *scene) uneven(zones map[string]string) (n int) {
	for i := range s.apps {
		if skew(s.podsOfApp(i), zones) > 1 {
			n++
		}
	}
	return n
}

// skew is how many pods more the fullest of the three zones has than the emptiest.
func skew(pods []*corev1.Pod, zones map[string]string) int {
	count := map[string]int{"zone-a": 0, "zone-b": 0, "zone-c": 0}
	for _, p := range pods {
		if p.DeletionTimestamp == nil {
			count[zones[p.Spec.NodeName]]++
		}
	}
	a, b, c := count["zone-a"], count["zone-b"], count["zone-c"]
	return max(a, b, c) - min(a, b, c)
}
