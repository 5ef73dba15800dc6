package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spotguide/spotguide/hack/cluster/internal/realnode"
)

// LoadImage loads the images of a tar file, OCI or Docker, into every real
// node. The file is kept, for nodes that come later.
func LoadImage(ctx context.Context, l Layout, file string) error {
	unlock, err := l.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	settings, err := l.readSettings()
	if err != nil {
		return err
	}
	if settings.Real == 0 {
		return errors.New("this cluster has no real node to load an image into; simulated ones run any image")
	}
	kept, err := l.keepImage(file)
	if err != nil {
		return err
	}
	for _, node := range l.runningNodes(settings) {
		if err := node.Import(ctx, kept); err != nil {
			return err
		}
	}
	return nil
}

// keepImage copies the file under a name that the same file gets again.
func (l Layout) keepImage(file string) (string, error) {
	in, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("image: %w", err)
	}
	defer in.Close()
	temporary, err := os.CreateTemp(l.Path("images"), "load-")
	if err != nil {
		return "", fmt.Errorf("image: %w", err)
	}
	defer os.Remove(temporary.Name())
	defer temporary.Close()
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(temporary, sum), in); err != nil {
		return "", fmt.Errorf("image %s: %w", file, err)
	}
	kept := l.Path("images", hex.EncodeToString(sum.Sum(nil))[:16]+".tar")
	if err := os.Rename(temporary.Name(), kept); err != nil {
		return "", fmt.Errorf("image %s: %w", file, err)
	}
	return kept, nil
}

// importAll gives a node that just started the images loaded so far.
func (l Layout) importAll(ctx context.Context, node realnode.Node) error {
	files, err := filepath.Glob(l.Path("images", "*.tar"))
	if err != nil {
		return fmt.Errorf("images: %w", err)
	}
	for _, file := range files {
		if err := node.Import(ctx, file); err != nil {
			return err
		}
	}
	return nil
}
