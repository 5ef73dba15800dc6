package cluster

import (
	"fmt"
	"os"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/spotguide/spotguide/hack/cluster/internal/certs"
)

// writeKubeconfig writes a kubeconfig that holds the certificates themselves,
// so that it can be copied elsewhere.
func writeKubeconfig(file, server, name string, ca *certs.Authority) error {
	config := api.Config{
		Clusters: map[string]*api.Cluster{"cluster": {
			Server: server, CertificateAuthority: ca.File("ca.crt"),
		}},
		AuthInfos: map[string]*api.AuthInfo{name: {
			ClientCertificate: ca.File(name + ".crt"), ClientKey: ca.File(name + ".key"),
		}},
		Contexts:       map[string]*api.Context{"cluster": {Cluster: "cluster", AuthInfo: name}},
		CurrentContext: "cluster",
	}
	if err := api.FlattenConfig(&config); err != nil {
		return fmt.Errorf("kubeconfig of %s: %w", name, err)
	}
	// Whoever reads it while another `up` writes it sees one or the other.
	temporary := file + ".new"
	if err := clientcmd.WriteToFile(config, temporary); err != nil {
		return fmt.Errorf("kubeconfig of %s: %w", name, err)
	}
	if err := os.Rename(temporary, file); err != nil {
		return fmt.Errorf("kubeconfig of %s: %w", name, err)
	}
	return nil
}

// client is the administrator's.
func (l Layout) client() (*kubernetes.Clientset, error) {
	config, err := clientcmd.BuildConfigFromFlags("", l.Kubeconfig())
	if err != nil {
		return nil, fmt.Errorf("kubeconfig %s: %w", l.Kubeconfig(), err)
	}
	// hundreds of nodes are made one after the other
	config.QPS, config.Burst = 1000, 2000
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	return client, nil
}
