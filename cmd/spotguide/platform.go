package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/ptr"

	"github.com/spotguide/spotguide/agent/platform"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/terminal"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// platformReport is what `spotguide platform` says.
type platformReport struct {
	guide.Platform `json:",inline"`
	Ingress        *provisioned `json:"ingress,omitempty"`
}

// provisioned is the ingress controller that the agent has brought up.
type provisioned struct {
	Namespace string                    `json:"namespace"`
	Ready     string                    `json:"ready"` // pods, as "1 of 2"
	For       map[string]platform.Needs `json:"for"`
}

func newPlatformCommand(g *globals) *cobra.Command {
	var namespace string
	cmd := &cobra.Command{
		Use:   "platform",
		Short: "Show what the cluster offers, and what was brought up for whom",
		Long: `Show what applications find in the cluster: ingress classes, gateways, issuers of
certificates, the cloud it is in; and the ingress controller, if the agent has
brought one up, with the applications that need it.`,
		Example: `  spotguide platform
  spotguide platform -o json
  spotguide platform remove`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := g.survey(cmd.Context(), namespace)
			if err != nil {
				return err
			}
			if g.output != "" {
				return encode(cmd.OutOrStdout(), g.output, report)
			}
			return report.write(cmd.OutOrStdout(), terminal.Look(cmd.OutOrStdout(), g.noColor))
		},
	}
	outputs(cmd, "json", "yaml")
	cmd.PersistentFlags().StringVar(&namespace, "ingress-namespace", "spotguide-ingress", "where the agent brings the ingress controller up")
	cmd.AddCommand(newPlatformRemoveCommand(g, &namespace))
	return cmd
}

// survey looks at the cluster of the global flags.
func (g *globals) survey(ctx context.Context, namespace string) (platformReport, error) {
	client, _, err := g.reach()
	if err != nil {
		return platformReport{}, err
	}
	cfg, err := g.cluster().Config()
	if err != nil {
		return platformReport{}, err
	}
	other, err := dynamic.NewForConfig(cfg)
	if err != nil {
		return platformReport{}, err
	}
	found, err := platform.Survey(ctx, client, other)
	if err != nil {
		return platformReport{}, err
	}
	report := platformReport{Platform: found}
	each, err := platform.Books(ctx, client, namespace)
	if err != nil || each == nil {
		return report, err
	}
	report.Ingress = &provisioned{Namespace: namespace, For: each, Ready: "none"}
	d, err := client.AppsV1().Deployments(namespace).Get(ctx, platform.Guide, metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return report, err
	}
	if err == nil {
		report.Ingress.Ready = fmt.Sprintf("%d of %d", d.Status.ReadyReplicas, ptr.Deref(d.Spec.Replicas, 1))
	}
	return report, forgetGone(ctx, client, each)
}

// forgetGone leaves out applications of namespaces that are gone.
func forgetGone(ctx context.Context, client kubernetes.Interface, each map[string]platform.Needs) error {
	for owner := range maps.Clone(each) {
		namespace, _, _ := strings.Cut(owner, "/")
		_, err := client.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			delete(each, owner)
		} else if err != nil {
			return fmt.Errorf("read namespace %s: %w", namespace, err)
		}
	}
	return nil
}

// write shows the report to a person.
func (r platformReport) write(w io.Writer, look table.Look) error {
	var classes, gateways []string
	for _, c := range r.IngressClasses {
		text := c.Name + " (" + c.Controller + ")"
		if c.Default {
			text += ", the default"
		}
		classes = append(classes, text)
	}
	for _, g := range r.Gateways {
		gateways = append(gateways, g.Namespace+"/"+g.Name)
	}
	dns := "does not run"
	if r.ExternalDNS {
		dns = "runs"
	}
	t := &table.Table{}
	for _, row := range [][2]string{
		{"cloud", r.Provider}, {"ingress classes", strings.Join(classes, ", ")}, {"gateways", strings.Join(gateways, ", ")},
		{"cluster issuers", strings.Join(r.ClusterIssuers, ", ")}, {"external-dns", dns}, {"default storage class", r.DefaultStorageClass},
	} {
		if row[1] == "" {
			row[1] = "none"
		}
		t.Rows = append(t.Rows, []table.Cell{{Text: row[0], Style: table.Faint}, {Text: row[1]}})
	}
	if err := t.Write(w, look); err != nil {
		return err
	}
	return r.Ingress.write(w)
}

func (p *provisioned) write(w io.Writer) error {
	switch {
	case p == nil:
		return nil
	case len(p.For) == 0:
		_, err := fmt.Fprintf(w, "\nTraefik was brought up in namespace %s, and nobody needs it any more: spotguide platform remove\n", p.Namespace)
		return err
	}
	fmt.Fprintf(w, "\nTraefik was brought up in namespace %s, %s pods ready, for\n", p.Namespace, p.Ready)
	for _, owner := range slices.Sorted(maps.Keys(p.For)) {
		fmt.Fprintf(w, "  %s: %s\n", owner, needs(p.For[owner]))
	}
	return nil
}

// needs says in words what an application needs.
func needs(n platform.Needs) string {
	var words []string
	if n.HTTP {
		words = append(words, "HTTP")
	}
	for _, p := range n.TCP {
		words = append(words, fmt.Sprintf("TCP %d", p))
	}
	for _, p := range n.UDP {
		words = append(words, fmt.Sprintf("UDP %d", p))
	}
	return strings.Join(words, ", ")
}
