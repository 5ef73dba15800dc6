package cluster

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"os/exec"
	"text/template"

	"github.com/spotguide/spotguide/hack/cluster/internal/process"
)

//go:embed manifests/*.yaml
var manifests embed.FS

// apply fills in a manifest and applies it with the kubectl in this program.
func (s *starter) apply(ctx context.Context, name string, values any) error {
	parsed, err := template.ParseFS(manifests, "manifests/"+name)
	if err != nil {
		return fmt.Errorf("manifest %s: %w", name, err)
	}
	var text bytes.Buffer
	if err := parsed.Execute(&text, values); err != nil {
		return fmt.Errorf("manifest %s: %w", name, err)
	}
	cmd := exec.CommandContext(ctx, process.Self, process.BecomeArg, "", "", "", "kubectl",
		"--kubeconfig="+s.layout.Kubeconfig(), "apply", "--server-side", "--force-conflicts", "-f", "-")
	cmd.Stdin = &text
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("apply %s: %w\n%s", name, err, out)
	}
	return nil
}
