package main

import (
	"fmt"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/hack/cluster/internal/cluster"
	"github.com/spotguide/spotguide/hack/cluster/internal/component"
)

func upCommand(layout at) *cobra.Command {
	var nodes string
	var flags, insecure []string
	var install bool
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Bring the cluster up, or what of it is missing, and return when it can be used",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := layout()
			if err != nil {
				return err
			}
			options := cluster.UpOptions{Install: install, Progress: cmd.ErrOrStderr()}
			if options.Nodes, err = cluster.ParseNodes(nodes); err != nil {
				return err
			}
			if options.Flags, err = parseFlags(flags); err != nil {
				return err
			}
			if options.Insecure, err = parseRegistries(insecure); err != nil {
				return err
			}
			if err := cluster.Up(cmd.Context(), l, options); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "export KUBECONFIG=%s\n", l.Kubeconfig())
			return nil
		},
	}
	cmd.Flags().StringVar(&nodes, "nodes", "simulated:3", "simulated:N, real:N, both with a comma between, or none")
	cmd.Flags().StringArrayVar(&flags, "flag", nil,
		"extra flag for a component, as kube-apiserver=--v=4; can be repeated")
	cmd.Flags().StringArrayVar(&insecure, "insecure-registry", nil,
		"HOST:PORT of a registry that real nodes pull from over plain HTTP; can be repeated, also on a cluster that is up")
	cmd.Flags().BoolVar(&install, "install", false, "install the Debian packages that real nodes need")
	return cmd
}

// parseFlags reads COMPONENT=--FLAG pairs.
func parseFlags(pairs []string) (map[string][]string, error) {
	flags := map[string][]string{}
	for _, pair := range pairs {
		name, flag, found := strings.Cut(pair, "=")
		if !found || !strings.HasPrefix(flag, "-") {
			return nil, fmt.Errorf("flag %q: want COMPONENT=--FLAG, for example kube-apiserver=--v=4", pair)
		}
		if _, ok := component.Find(name); !ok {
			return nil, fmt.Errorf("flag %q: there is no component %q", pair, name)
		}
		flags[name] = append(flags[name], flag)
	}
	return flags, nil
}

// parseRegistries checks that each is a host and a port.
func parseRegistries(registries []string) ([]string, error) {
	for _, registry := range registries {
		if host, port, err := net.SplitHostPort(registry); err != nil || host == "" || port == "" {
			return nil, fmt.Errorf("insecure registry %q: want HOST:PORT, as 10.99.64.1:5000", registry)
		}
	}
	return registries, nil
}
