package sites

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/spotguide/spotguide/agent/source"
)

// kubeconfigKey is the key of a Secret that leads to another cluster.
const kubeconfigKey = "kubeconfig"

// place is where ballots are kept.
type place struct {
	client    kubernetes.Interface
	namespace string
}

// elsewhere connects to the cluster that a Secret of the namespace leads to.
func (s *Sites) elsewhere(ctx context.Context, namespace, name string, timeout time.Duration) (*place, string, error) {
	secret, err := s.client.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, "", fmt.Errorf("there is no Secret %s/%s: make it with a key %s that leads to the other cluster", namespace, name, kubeconfigKey)
	}
	if err != nil {
		return nil, "", fmt.Errorf("read Secret %s/%s: %w", namespace, name, err)
	}
	cfg, to, err := connection(secret.Data[kubeconfigKey], s.policy())
	if err != nil {
		return nil, "", fmt.Errorf("kubeconfig in Secret %s/%s: %w", namespace, name, err)
	}
	cfg.Timeout = timeout
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return nil, "", fmt.Errorf("kubeconfig in Secret %s/%s: %w", namespace, name, err)
	}
	if to == "" {
		to = namespace
	}
	return &place{client, to}, secret.ResourceVersion, nil
}

// connection reads a kubeconfig that came from a namespace: it may hold what it
// needs, and name neither programs nor files of the agent.
func connection(raw []byte, policy source.Policy) (*rest.Config, string, error) {
	if len(raw) == 0 {
		return nil, "", errors.New("its key kubeconfig is missing or empty")
	}
	config, err := clientcmd.Load(raw)
	if err != nil {
		return nil, "", errors.New("it is none") // what it holds is secret
	}
	current := config.Contexts[config.CurrentContext]
	if current == nil {
		return nil, "", errors.New("it has no current-context")
	}
	if user := config.AuthInfos[current.AuthInfo]; user != nil {
		if err := plain(user); err != nil {
			return nil, "", err
		}
	}
	if cluster := config.Clusters[current.Cluster]; cluster != nil {
		switch {
		case cluster.CertificateAuthority != "" || cluster.ProxyURL != "":
			return nil, "", errors.New("it names a file or a proxy: write certificate-authority-data, say")
		case !strings.HasPrefix(cluster.Server, "https://") && !policy.AllowHTTP:
			return nil, "", errors.New("its server is not https://")
		}
	}
	cfg, err := clientcmd.NewNonInteractiveClientConfig(*config, config.CurrentContext, nil, nil).ClientConfig()
	if err != nil {
		return nil, "", errors.New("it names no cluster that can be used")
	}
	if cfg.Dial, err = policy.Dialer(); err != nil {
		return nil, "", err
	}
	cfg.UserAgent, cfg.QPS = "spotguide", -1
	return cfg, current.Namespace, nil
}

// plain refuses what would run a program or read a file.
func plain(user *api.AuthInfo) error {
	switch {
	case user.Exec != nil, user.AuthProvider != nil:
		return errors.New("it asks to run a program: write a token or a client certificate into it")
	case user.TokenFile != "", user.ClientCertificate != "", user.ClientKey != "":
		return errors.New("it names a file: write its content into it, as token or client-certificate-data and client-key-data")
	}
	return nil
}
