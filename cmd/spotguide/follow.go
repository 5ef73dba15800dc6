package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
)

func newFollowCommand(g *globals) *cobra.Command {
	f := followCommand{set: map[string]*string{}}
	cmd := &cobra.Command{
		Use:   "follow REPOSITORY",
		Short: "Have a namespace follow a repository",
		Long: `Have a namespace follow a Git repository, and make the namespace if there is none.
It sets annotations, nothing more: kubectl annotate does the same.

A namespace that follows another repository already is only changed with
--confirm=NAMESPACE, for what the new repository lacks is deleted.`,
		Example: `  spotguide follow https://github.com/acme/shop -n shop
  spotguide follow git@git.example.com:acme/shop.git -n shop --credentials shop-git
  spotguide follow https://github.com/acme/fleet -n shop --ref v2 --path apps/shop`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if f.client, f.namespace, err = g.reach(); err != nil {
				return err
			}
			f.out, f.messages = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return f.run(cmd.Context(), args[0])
		},
	}
	for _, flag := range []struct{ name, key, usage string }{
		{"ref", binding.Ref, "branch, tag:NAME, semver:RANGE or commit; the repository's default branch unless given"},
		{"path", binding.Path, "folder of the repository to look in"},
		{"credentials", binding.Credentials, "Secret of the namespace with what the Git server asks for"},
		{"interval", binding.Interval, "how often to look, 1m unless given"},
		{"environment", binding.Environment, "environment whose values to take"},
		{"guide", binding.Guide, "take the folder as an application of this guide"},
		{"service-account", binding.ServiceAccount, "account to apply as"},
		{"depends-on", binding.DependsOn, "namespaces, or namespace/application, to be healthy first"},
	} {
		f.set[flag.key] = cmd.Flags().String(flag.name, "", flag.usage)
	}
	cmd.Flags().StringVar(&f.confirm, "confirm", "", "name of the namespace whose repository may be replaced")
	outputs(cmd)
	return cmd
}

// followCommand is one run of it.
type followCommand struct {
	client        kubernetes.Interface
	namespace     string
	set           map[string]*string // annotations by key
	confirm       string
	out, messages io.Writer
}

func (f followCommand) run(ctx context.Context, repository string) error {
	annotations := map[string]string{binding.Repository: repository}
	for key, value := range f.set {
		if *value != "" {
			annotations[key] = *value
		}
	}
	if _, err := binding.Parse(f.namespace, annotations); err != nil {
		return err
	}
	n, err := fleet.Get(ctx, f.client, f.namespace)
	var missing *fleet.NotFoundError
	switch old := n.Annotations[binding.Repository]; {
	case errors.As(err, &missing):
		err = f.create(ctx, annotations)
	case err != nil:
	case old != "" && old != repository && f.confirm != f.namespace:
		return fmt.Errorf("namespace %s follows %s: --confirm=%s has it follow %s, and what that lacks is deleted",
			f.namespace, old, f.namespace, repository)
	default:
		err = fleet.Annotate(ctx, f.client, n, annotations)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(f.out, "namespace %s follows %s\n", f.namespace, repository)
	fmt.Fprintf(f.messages, "\nWatch it: spotguide status -w -n %s\n", f.namespace)
	return nil
}

func (f followCommand) create(ctx context.Context, annotations map[string]string) error {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: f.namespace, Annotations: annotations}}
	if _, err := f.client.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{FieldManager: fleet.Manager}); err != nil {
		return fmt.Errorf("create namespace %s: %w", f.namespace, err)
	}
	fmt.Fprintf(f.messages, "namespace %s created\n", f.namespace)
	return nil
}
