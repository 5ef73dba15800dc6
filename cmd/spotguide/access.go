package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/cluster"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
)

// cluster is which cluster the global flags mean.
func (g *globals) cluster() cluster.Options {
	return cluster.Options{Kubeconfig: g.kubeconfig, Context: g.context, Namespace: g.namespace}
}

// reach returns a client and the namespace that the global flags mean. What the
// Kubernetes libraries log is not for people: commands tell errors themselves.
func (g *globals) reach() (kubernetes.Interface, string, error) {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	namespace, err := g.cluster().CurrentNamespace()
	if err != nil {
		return nil, "", err
	}
	client, err := g.cluster().Client()
	return client, namespace, err
}

// completionPatience bounds what a person waits for after pressing tab.
const completionPatience = 3 * time.Second

// application splits an argument that names an application, as NAME or
// NAMESPACE/NAME.
func application(arg, namespace string) (inNamespace, name string) {
	if ns, name, ok := strings.Cut(arg, "/"); ok {
		return ns, name
	}
	return namespace, arg
}

// completeApplications offers the applications of the namespace.
func (g *globals) completeApplications(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	client, namespace, err := g.reach()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionPatience)
	defer cancel()
	n, err := fleet.Get(ctx, client, namespace)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []cobra.Completion
	for _, a := range n.Status.Applications {
		names = append(names, cobra.CompletionWithDesc(a.Name, string(a.Phase)+" "+a.Guide))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeNamespaces offers the namespaces that follow a repository.
func (g *globals) completeNamespaces(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	client, _, err := g.reach()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionPatience)
	defer cancel()
	all, err := fleet.List(ctx, client)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []cobra.Completion
	for _, n := range all {
		names = append(names, cobra.CompletionWithDesc(n.Name, string(n.Status.Phase)+" "+n.Status.Repository))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
