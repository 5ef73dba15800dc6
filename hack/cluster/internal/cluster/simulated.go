package cluster

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-base/version"

	"github.com/spotguide/spotguide/hack/cluster/internal/network"
	"github.com/spotguide/spotguide/hack/cluster/internal/process"
	"github.com/spotguide/spotguide/hack/cluster/internal/simulate"
)

// SimulatedLabel is on the nodes that kwok keeps alive; a node that loses it
// dies as a machine does that loses its power.
const SimulatedLabel = "simulate.spotguide.dev/node"

func (l Layout) kwok(s Settings) process.Spec {
	return l.spec(s, "kwok",
		"--kubeconfig="+l.kubeconfigOf("kwok"), "--config="+l.Path("config", "kwok.yaml"),
		"--manage-all-nodes=false", "--manage-nodes-with-label-selector="+SimulatedLabel+"=true",
		"--node-ip=127.0.0.1", "--node-port="+strconv.Itoa(s.Ports["kwok"]),
		"--server-address=127.0.0.1:"+strconv.Itoa(s.Ports["kwok"]),
		"--tls-cert-file="+l.cert("kwok-server"), "--tls-private-key-file="+l.key("kwok-server"),
		"--cidr=100.127.0.0/16",
		// renewed every quarter of that
		"--node-lease-duration-seconds=16",
	)
}

func (s *starter) startSimulated(ctx context.Context, settings Settings) error {
	if settings.Simulated == 0 {
		return nil
	}
	if err := s.layout.writeKwokConfig(); err != nil {
		return err
	}
	if err := s.ensure(ctx, s.layout.kwok(settings)); err != nil {
		return err
	}
	client, err := s.layout.client()
	if err != nil {
		return err
	}
	for i := range settings.Simulated {
		_, err := client.CoreV1().Nodes().Create(ctx, simulatedNode(i), metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("node %s: %w", SimulatedName(i), err)
		}
	}
	return nil
}

func (l Layout) writeKwokConfig() error {
	log := l.Path("config", "pod.log")
	// in the form in which a container runtime writes logs
	text := time.Now().UTC().Format(time.RFC3339Nano) + " stdout F this pod is simulated: it prints nothing else\n"
	if err := os.WriteFile(log, []byte(text), 0o644); err != nil {
		return fmt.Errorf("simulated pods' log: %w", err)
	}
	if err := os.WriteFile(l.Path("config", "kwok.yaml"), simulate.Config(log), 0o644); err != nil {
		return fmt.Errorf("kwok's configuration: %w", err)
	}
	return nil
}

func simulatedNode(i int) *corev1.Node {
	name := SimulatedName(i)
	size := corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse("32"),
		corev1.ResourceMemory:           resource.MustParse("256Gi"),
		corev1.ResourcePods:             resource.MustParse("110"),
		corev1.ResourceEphemeralStorage: resource.MustParse("1Ti"),
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name,
			Labels: map[string]string{
				SimulatedLabel:             "true",
				corev1.LabelHostname:       name,
				corev1.LabelTopologyZone:   Zone(i),
				corev1.LabelTopologyRegion: "region-1",
				corev1.LabelOSStable:       "linux",
				corev1.LabelArchStable:     "amd64",
			},
			// where metrics-server asks for this node's usage, in kwok's server
			Annotations: map[string]string{
				"metrics.k8s.io/resource-metrics-path": "/metrics/nodes/" + name + "/metrics/resource",
			},
		},
		Spec: corev1.NodeSpec{PodCIDR: network.SimulatedPods(i), PodCIDRs: []string{network.SimulatedPods(i)}},
		Status: corev1.NodeStatus{
			Capacity: size, Allocatable: size,
			NodeInfo: corev1.NodeSystemInfo{
				KubeletVersion: version.Get().GitVersion, ContainerRuntimeVersion: "kwok://0.8.0",
				OperatingSystem: "linux", Architecture: "amd64", OSImage: "simulated",
			},
		},
	}
}
