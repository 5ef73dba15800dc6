package ko

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/stream"
)

// What is kept of the cache folder: the compiler's results, which it clears of old
// ones itself, and modules as they were downloaded, which go.sum vouches for.
const (
	BuildCache  = "build"
	ModuleCache = "modules"
	downloads   = ModuleCache + "/cache/download"
)

// Cache is an image whose only layer is what one build leaves for the next.
type Cache struct {
	// Image is its reference; no cache where it is empty.
	Image string
	// Insecure reaches its registry over plain HTTP.
	Insecure bool
}

// fetch unpacks the cache into dir. One that is not there yet is empty.
func (c Cache) fetch(ctx context.Context, dir string) error {
	if c.Image == "" {
		return nil
	}
	ref, err := reference(c.Image, c.Insecure)
	if err != nil {
		return err
	}
	image, err := remote.Image(ref, options(ctx)...)
	var answer *transport.Error
	if errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("pull %s: %w", c.Image, err)
	}
	layers, err := image.Layers()
	if err != nil {
		return fmt.Errorf("pull %s: %w", c.Image, err)
	}
	for _, layer := range layers {
		content, err := layer.Uncompressed()
		if err != nil {
			return fmt.Errorf("pull %s: %w", c.Image, err)
		}
		if err := errors.Join(unpack(content, dir), content.Close()); err != nil {
			return fmt.Errorf("pull %s: %w", c.Image, err)
		}
	}
	return nil
}

// Keep pushes what the folder dir of a build holds for the next one.
func (c Cache) Keep(ctx context.Context, dir string) error {
	if c.Image == "" {
		return nil
	}
	ref, err := reference(c.Image, c.Insecure)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	folder, err := root.OpenRoot(CacheFolder)
	if err != nil {
		return err
	}
	defer folder.Close()
	reader, writer := io.Pipe()
	packed := make(chan struct{})
	go func() {
		defer close(packed)
		writer.CloseWithError(pack(writer, folder, BuildCache, downloads))
	}()
	defer func() { _ = reader.Close(); <-packed }()
	image, err := mutate.AppendLayers(empty.Image, stream.NewLayer(reader))
	if err != nil {
		return err
	}
	if err := remote.Write(ref, image, options(ctx)...); err != nil {
		return fmt.Errorf("push %s: %w", c.Image, err)
	}
	return nil
}

func reference(image string, insecure bool) (name.Reference, error) {
	var opts []name.Option
	if insecure {
		opts = append(opts, name.Insecure)
	}
	ref, err := name.ParseReference(image, opts...)
	if err != nil {
		return nil, fmt.Errorf("image %s: %w", image, err)
	}
	return ref, nil
}

// options: credentials are those of the Docker configuration in DOCKER_CONFIG.
func options(ctx context.Context) []remote.Option {
	return []remote.Option{remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)}
}
