package cluster

import (
	"context"
	"fmt"
	"os"
)

// startStorage lets claims be fulfilled, on simulated nodes too, where nothing
// is ever written.
func (s *starter) startStorage(ctx context.Context, settings Settings) error {
	if settings.Simulated+settings.Real == 0 {
		return nil
	}
	folder := s.layout.Path("volumes")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("volumes: %w", err)
	}
	if err := s.apply(ctx, "storage.yaml", nil); err != nil {
		return err
	}
	return s.ensure(ctx, s.layout.spec(settings, "provisioner",
		"-kubeconfig="+s.layout.kubeconfigOf("provisioner"), "-folder="+folder))
}
