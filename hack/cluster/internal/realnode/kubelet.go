package realnode

import (
	"fmt"
	"os"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/spotguide/spotguide/hack/cluster/internal/process"
)

// Kubelet writes its configuration and says how to start it. The certificates
// NAME-server and its kubeconfig must be there.
func (n Node) Kubelet(kubeconfig, authority, serverCert, serverKey string) (process.Spec, error) {
	for _, dir := range []string{n.path("kubelet"), n.path("pod-logs"), n.path("manifests")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return process.Spec{}, fmt.Errorf("kubelet of %s: %w", n.Name, err)
		}
	}
	resolv := n.path("resolv.conf")
	if err := os.WriteFile(resolv, []byte("nameserver "+n.Network.DNS()+"\n"), 0o644); err != nil {
		return process.Spec{}, fmt.Errorf("kubelet of %s: %w", n.Name, err)
	}
	config, err := yaml.Marshal(n.kubeletConfig(authority, serverCert, serverKey, resolv))
	if err != nil {
		return process.Spec{}, fmt.Errorf("kubelet of %s: %w", n.Name, err)
	}
	if err := os.WriteFile(n.path("kubelet.yaml"), config, 0o644); err != nil {
		return process.Spec{}, fmt.Errorf("kubelet of %s: %w", n.Name, err)
	}
	labels := []string{"topology.kubernetes.io/zone=" + n.Zone, "topology.kubernetes.io/region=region-1"}
	return n.spec("kubelet", "kubelet",
		"--config="+n.path("kubelet.yaml"), "--kubeconfig="+kubeconfig, "--root-dir="+n.path("kubelet"),
		"--cert-dir="+n.path("kubelet"), "--hostname-override="+n.Name, "--node-ip="+n.Address(),
		"--node-labels="+strings.Join(labels, ",")), nil
}

func (n Node) kubeletConfig(authority, serverCert, serverKey, resolv string) map[string]any {
	return map[string]any{
		"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
		"address": n.Address(), "port": 10250, "healthzPort": 10248,
		"authentication": map[string]any{
			"anonymous": map[string]any{"enabled": false},
			"webhook":   map[string]any{"enabled": true},
			"x509":      map[string]any{"clientCAFile": authority},
		},
		"authorization": map[string]any{"mode": "Webhook"},
		"tlsCertFile":   serverCert, "tlsPrivateKeyFile": serverKey,
		"containerRuntimeEndpoint": "unix://" + n.Socket(),
		"cgroupDriver":             "cgroupfs", "cgroupRoot": "/" + n.Cgroup(),
		// the whole machine is not this node's to divide
		"enforceNodeAllocatable": []string{}, "failCgroupV1": false, "failSwapOn": false,
		"clusterDNS": []string{n.Network.DNS()}, "clusterDomain": "cluster.local", "resolvConf": resolv,
		"podLogsDir": n.path("pod-logs"), "staticPodPath": n.path("manifests"),
		"volumePluginDir": n.path("volume-plugins"),
		// images come from files, and one that was thrown away would not come back
		"imageGCHighThresholdPercent": 100,
		"evictionHard": map[string]string{
			"memory.available": "0%", "nodefs.available": "0%", "nodefs.inodesFree": "0%", "imagefs.available": "0%",
		},
		// renewed every quarter of that
		"nodeLeaseDurationSeconds": 16, "nodeStatusUpdateFrequency": "4s", "nodeStatusReportFrequency": "1m",
		"kubeAPIQPS": 100, "kubeAPIBurst": 200, "registerNode": true, "serializeImagePulls": false,
	}
}

// Proxy says how to start kube-proxy. It leaves the machine's connection
// tracking alone, which all nodes share.
func (n Node) Proxy(kubeconfig string) process.Spec {
	return n.spec("kube-proxy", "kube-proxy",
		"--kubeconfig="+kubeconfig, "--hostname-override="+n.Name, "--proxy-mode=iptables",
		// from elsewhere than a pod, answers must come back the same way
		"--cluster-cidr="+n.Network.AllPods(),
		"--conntrack-max-per-core=0", "--conntrack-min=0",
		"--conntrack-tcp-timeout-established=0", "--conntrack-tcp-timeout-close-wait=0",
		"--healthz-bind-address=127.0.0.1:10256", "--metrics-bind-address=127.0.0.1:10249")
}
