// Package registry serves container images over plain HTTP, for tests and
// hack/registry: go-containerregistry's registry, filled from tars. Images come
// and go without a credential, so it belongs on addresses of this machine only.
package registry

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// New is a registry that keeps layers in the folder dir, which must exist, and
// what images are made of them in memory.
func New(dir string) http.Handler {
	return registry.New(registry.WithBlobHandler(registry.NewDiskBlobHandler(dir)),
		registry.WithReferrersSupport(true), registry.Logger(log.New(io.Discard, "", 0)))
}

// Load pushes every image of a Docker tar to the registry at address, a host
// and a port, and returns their names there, sorted. An image keeps its repository and
// tag, whatever registry it names: docker.io/library/alpine:3 becomes
// ADDRESS/library/alpine:3, which is where a mirror of docker.io looks for it.
func Load(ctx context.Context, address, file string) ([]string, error) {
	open := func() (io.ReadCloser, error) { return os.Open(file) }
	manifest, err := tarball.LoadManifest(open)
	if err != nil {
		return nil, fmt.Errorf("image tar %s: %w", file, err)
	}
	var loaded []string
	for _, image := range manifest {
		for _, text := range image.RepoTags {
			ref, err := push(ctx, address, text, open)
			if err != nil {
				return nil, fmt.Errorf("image %s of %s: %w", text, file, err)
			}
			loaded = append(loaded, ref)
		}
	}
	slices.Sort(loaded)
	return loaded, nil
}

// push pushes one image of a tar.
func push(ctx context.Context, address, text string, open tarball.Opener) (string, error) {
	tag, err := name.NewTag(text)
	if err != nil {
		return "", err
	}
	img, err := tarball.Image(open, &tag)
	if err != nil {
		return "", err
	}
	there := fmt.Sprintf("%s/%s:%s", address, tag.RepositoryStr(), tag.TagStr())
	ref, err := name.NewTag(there, name.Insecure)
	if err != nil {
		return "", err
	}
	return there, remote.Write(ref, img, remote.WithContext(ctx))
}
