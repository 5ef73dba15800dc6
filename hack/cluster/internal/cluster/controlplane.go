package cluster

import (
	"fmt"
	"strconv"

	"github.com/spotguide/spotguide/hack/cluster/internal/process"
)

// spec is a process of this cluster; extra flags come last and so win.
func (l Layout) spec(s Settings, name string, args ...string) process.Spec {
	return process.Spec{
		Name: name, Component: name, Args: append(args, s.Flags[name]...),
		Records: l.Records(), Logs: l.Logs(),
	}
}

func (l Layout) cert(name string) string { return l.Path("certs", name+".crt") }
func (l Layout) key(name string) string  { return l.Path("certs", name+".key") }

func (l Layout) etcd(s Settings) process.Spec {
	client := fmt.Sprintf("https://127.0.0.1:%d", s.Ports["etcd"])
	peer := fmt.Sprintf("https://127.0.0.1:%d", s.Ports["etcd-peer"])
	return l.spec(s, "etcd",
		"--name=etcd", "--data-dir="+l.Path("etcd"), "--log-level=warn",
		// a cluster for tests and demonstrations may lose its data with the machine
		"--unsafe-no-fsync",
		"--quota-backend-bytes=8589934592",
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=etcd="+peer,
		"--client-cert-auth", "--trusted-ca-file="+l.cert("ca"),
		"--cert-file="+l.cert("etcd"), "--key-file="+l.key("etcd"),
		"--peer-client-cert-auth", "--peer-trusted-ca-file="+l.cert("ca"),
		"--peer-cert-file="+l.cert("etcd"), "--peer-key-file="+l.key("etcd"),
	)
}

func (l Layout) apiserver(s Settings) process.Spec {
	return l.spec(s, "kube-apiserver",
		"--bind-address=127.0.0.1", "--secure-port="+strconv.Itoa(s.Ports["kube-apiserver"]),
		// the endpoint of the Service "kubernetes", where real nodes find a gateway
		"--advertise-address="+s.Network.Host(),
		"--etcd-servers="+fmt.Sprintf("https://127.0.0.1:%d", s.Ports["etcd"]),
		"--etcd-cafile="+l.cert("ca"), "--etcd-certfile="+l.cert("etcd-client"), "--etcd-keyfile="+l.key("etcd-client"),
		"--tls-cert-file="+l.cert("kube-apiserver"), "--tls-private-key-file="+l.key("kube-apiserver"),
		"--client-ca-file="+l.cert("ca"),
		"--authorization-mode=Node,RBAC", "--allow-privileged",
		"--service-cluster-ip-range="+s.Network.Services(),
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file="+l.Path("certs", "service-account.pub"),
		"--service-account-signing-key-file="+l.key("service-account"),
		"--kubelet-preferred-address-types=InternalIP",
		"--kubelet-certificate-authority="+l.cert("ca"),
		"--kubelet-client-certificate="+l.cert("kubelet-client"), "--kubelet-client-key="+l.key("kubelet-client"),
		"--requestheader-client-ca-file="+l.cert("ca"), "--requestheader-allowed-names=front-proxy-client",
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file="+l.cert("front-proxy"), "--proxy-client-key-file="+l.key("front-proxy"),
		// benchmarks must meet the server's own speed, not its queues
		"--max-requests-inflight=2000", "--max-mutating-requests-inflight=1000",
	)
}

func (l Layout) controllerManager(s Settings) process.Spec {
	config := l.kubeconfigOf("kube-controller-manager")
	return l.spec(s, "kube-controller-manager", append(l.serving(s, "kube-controller-manager"),
		"--kubeconfig="+config, "--authentication-kubeconfig="+config, "--authorization-kubeconfig="+config,
		"--leader-elect=false", "--use-service-account-credentials",
		"--root-ca-file="+l.cert("ca"), "--service-account-private-key-file="+l.key("service-account"),
		"--cluster-signing-cert-file="+l.cert("ca"), "--cluster-signing-key-file="+l.key("ca"),
		"--allocate-node-cidrs=false",
		// the default of 20 a second would shape whatever is measured
		"--kube-api-qps=1000", "--kube-api-burst=2000",
		// a dead node shows in 20 s instead of 50, and is not missed on a busy machine:
		// leases are renewed every 4 s
		"--node-monitor-grace-period=20s", "--node-monitor-period=2s",
		// HPAs in tests need not wait for a quarter of a minute
		"--horizontal-pod-autoscaler-sync-period=5s",
	)...)
}

func (l Layout) scheduler(s Settings) process.Spec {
	config := l.kubeconfigOf("kube-scheduler")
	return l.spec(s, "kube-scheduler", append(l.serving(s, "kube-scheduler"),
		"--kubeconfig="+config, "--authentication-kubeconfig="+config, "--authorization-kubeconfig="+config,
		"--leader-elect=false", "--kube-api-qps=1000", "--kube-api-burst=2000",
	)...)
}

// serving are the flags of the controllers' own servers, for health and metrics.
func (l Layout) serving(s Settings, name string) []string {
	return []string{
		"--bind-address=127.0.0.1", "--secure-port=" + strconv.Itoa(s.Ports[name]),
		"--tls-cert-file=" + l.cert("control-plane-tls"), "--tls-private-key-file=" + l.key("control-plane-tls"),
	}
}
