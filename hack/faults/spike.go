package main

import (
	"context"
	"fmt"
	"math"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What the application of the spike is allowed, on both sides.
const (
	spikeLeast, spikeMost = 2, 10
	spikePerPod           = 100 // of the load, per replica
	spikeSettles          = time.Minute
)

// part is a part of the spike's load.
type part struct {
	load  float64
	lasts time.Duration
	about string
}

var spikeParts = []part{
	{150, 20 * time.Second, "the load is 150, for which 2 replicas are enough"},
	{750, 75 * time.Second, "the load is 750, and 12% more or less every 5 seconds"},
	{1500, 45 * time.Second, "the load is 1500, for which 10 replicas, the cap, are too few"},
	{150, 0, "the load is 150 again"},
}

// loadAt is a load that wavers, so that its scaler could be led to flap.
func loadAt(load float64, at time.Duration) float64 {
	wave := [...]float64{0, 0.12, -0.12, 0.06, -0.06}
	return load * (1 + wave[int(at/(5*time.Second))%len(wave)])
}

// spiked is what was seen of both sides.
type spiked struct{ replicas, ready [2]record }

func (x *spiked) look(p pair, at time.Duration) {
	for i := range 2 {
		if d := p.deployment(i); d.Spec.Replicas != nil {
			x.replicas[i] = x.replicas[i].note(at, int(*d.Spec.Replicas))
		}
		x.ready[i] = x.ready[i].note(at, p.countReady(i))
	}
}

func metricSpike(ctx context.Context, s *scene) error {
	show, err := s.newPage("load")
	if err != nil {
		return err
	}
	show.set(spikeParts[0].load / spikeLeast)
	p, err := s.newPair(ctx, "spike", manifest("spike", spikeLeast, `simulate.spotguide.dev/ready-after: 3s`, ""), spikeSettings(show.address.Port()))
	if err != nil {
		return err
	}
	if err := s.nativeScaler(ctx, p); err != nil {
		return err
	}
	var seen spiked
	var began [4]time.Duration // of each part
	for i, now := range spikeParts {
		began[i] = time.Since(s.now.began)
		s.say("%s", now.about)
		last := i == len(spikeParts)-1
		most := now.lasts
		if last {
			most = 5 * time.Minute
		}
		err := s.ticks(ctx, most, func(at time.Duration) (bool, error) {
			seen.look(p, time.Since(s.now.began))
			back := seen.replicas[with].at() <= spikeLeast && seen.replicas[without].at() <= spikeLeast
			return last && back, s.press(ctx, p, show, loadAt(now.load, at))
		})
		if err != nil {
			return err
		}
	}
	return s.judgeSpike(seen, began[1], began[2], began[3], show.asked.Load())
}

// press spreads a load over the pods that are ready.
func (s *scene) press(ctx context.Context, p pair, show *page, load float64) error {
	if err := s.lead(ctx, p.pods(with), show); err != nil {
		return err
	}
	show.set(load / math.Max(1, float64(p.countReady(with))))
	share := fmt.Sprintf("%.0fm", load/math.Max(1, float64(p.countReady(without))))
	var changed []*corev1.Pod
	for _, one := range p.pods(without) {
		if one.Annotations[usedCPU] != share {
			changed = append(changed, one)
		}
	}
	return s.annotateAll(ctx, changed, fmt.Sprintf("%q:%q", usedCPU, share))
}

// usedCPU is what a simulated pod uses in metrics.k8s.io.
const usedCPU = "kwok.x-k8s.io/usage-cpu"

// judgeSpike compares both sides, and demands of the agent what its SLA says.
func (s *scene) judgeSpike(seen spiked, spike, more, end time.Duration, asked int64) error {
	for i, name := range []string{with: "the agent's", without: "Kubernetes'"} {
		s.say("%s replicas: %s", name, seen.replicas[i].tell())
	}
	s.say("pods were asked for their metric %d times", asked)
	s.compare("more replicas are wanted after", func(i int) string { return seen.replicas[i].after(spike, atLeast(spikeLeast+1)) })
	s.compare("8 pods, enough for 750, are ready after", func(i int) string { return seen.ready[i].after(spike, atLeast(8)) })
	s.compare("10 pods, the cap, are ready after the second rise", func(i int) string { return seen.ready[i].after(more, atLeast(spikeMost)) })
	s.compare("most replicas", func(i int) string { return fmt.Sprint(seen.replicas[i].most()) })
	s.compare("changes of direction", func(i int) string { return fmt.Sprint(seen.replicas[i].turns()) })
	s.compare("back at 2 replicas after the end", func(i int) string { return seen.replicas[i].after(end, atMost(spikeLeast)) })
	own := seen.replicas[with]
	_, back := own.first(end, atMost(spikeLeast))
	switch {
	case own.most() != spikeMost:
		return fmt.Errorf("the agent wanted %d replicas at most; the cap is %d, and the load asked for more", own.most(), spikeMost)
	case own.turns() != 1:
		return fmt.Errorf("the agent's replicas changed their direction %d times; once is right", own.turns())
	case !back:
		return fmt.Errorf("the agent did not come back to %d replicas", spikeLeast)
	}
	return nil
}

func spikeSettings(port uint16) map[string]string {
	return map[string]string{
		"sla.yaml": fmt.Sprintf(`apiVersion: spotguide.dev/v1
kind: SLA
rollout: {soak: 5s}
autoscaling:
  spike:
    minReplicas: %d
    maxReplicas: %d
    metrics: [{name: load, target: %d}]
    down: {stabilization: %s, cooldown: 15s}
`, spikeLeast, spikeMost, spikePerPod, spikeSettles),
		"monitor.yaml": fmt.Sprintf(`apiVersion: spotguide.dev/v1
kind: Monitor
interval: 5s
sources:
- {name: load, component: spike, port: %d, interval: 5s, scrape: {metric: load, over: sum}}
`, port),
	}
}

// nativeScaler has Kubernetes scale the other side by the same target and bounds.
func (s *scene) nativeScaler(ctx context.Context, p pair) error {
	least, target, settles := int32(spikeLeast), int32(100), int32(spikeSettles.Seconds()) // percent of 100m
	_, err := s.Client.AutoscalingV2().HorizontalPodAutoscalers(p.side(without)).Create(ctx, &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Name: p.name},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: p.name},
			MinReplicas:    &least, MaxReplicas: spikeMost,
			Metrics: []autoscalingv2.MetricSpec{{
				Type: autoscalingv2.ResourceMetricSourceType,
				Resource: &autoscalingv2.ResourceMetricSource{Name: corev1.ResourceCPU, Target: autoscalingv2.MetricTarget{
					Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &target,
				}},
			}},
			Behavior: &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleDown: &autoscalingv2.HPAScalingRules{StabilizationWindowSeconds: &settles}},
		},
	}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}
