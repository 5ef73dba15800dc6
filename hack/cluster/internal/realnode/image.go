package realnode

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spotguide/spotguide/hack/cluster/internal/image"
)

// Import loads the images in an OCI or Docker tar file into the node.
func (n Node) Import(ctx context.Context, file string) error {
	err := command(ctx, "ctr", "--address", n.Socket(), "--namespace", "k8s.io",
		"images", "import", "--snapshotter", n.snapshotter(), file)
	if err != nil {
		return fmt.Errorf("load %s into %s: %w", filepath.Base(file), n.Name, err)
	}
	return nil
}

// WritePause puts the image that every pod needs among the cluster's images.
func WritePause(dir string) error {
	pause, err := image.Pause()
	if err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "pause.tar"))
	if err != nil {
		return fmt.Errorf("pause image: %w", err)
	}
	defer f.Close()
	if err := pause.Write(f); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("pause image: %w", err)
	}
	return nil
}
