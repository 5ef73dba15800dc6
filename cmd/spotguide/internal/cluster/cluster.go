// Package cluster reaches the API server that a person's kubeconfig names, or a
// pod's own when there is none.
package cluster

import (
	"errors"
	"fmt"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Options are the flags that say which cluster and which namespace. The zero
// Options go by KUBECONFIG, ~/.kube/config and the current context.
type Options struct {
	Kubeconfig string
	Context    string
	Namespace  string
}

var errNone = errors.New("no cluster to talk to: give --kubeconfig, set KUBECONFIG, or write ~/.kube/config")

// Config is the client configuration, without a client-side rate limit.
func (o Options) Config() (*rest.Config, error) {
	cfg, err := o.loader().ClientConfig()
	if clientcmd.IsEmptyConfig(err) {
		return nil, errNone
	}
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	cfg.QPS = -1
	cfg.UserAgent = "spotguide"
	return cfg, nil
}

// Client is a typed client of Config.
func (o Options) Client() (kubernetes.Interface, error) {
	cfg, err := o.Config()
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	return client, nil
}

// CurrentNamespace is the one that is asked for, else the context's own, else
// "default".
func (o Options) CurrentNamespace() (string, error) {
	namespace, _, err := o.loader().Namespace()
	if err != nil {
		return "", fmt.Errorf("read kubeconfig: %w", err)
	}
	return namespace, nil
}

func (o Options) loader() clientcmd.ClientConfig {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = o.Kubeconfig
	overrides := &clientcmd.ConfigOverrides{CurrentContext: o.Context}
	overrides.Context.Namespace = o.Namespace
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
}
