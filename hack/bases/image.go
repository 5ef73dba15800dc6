package main

import (
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// image makes a recipe's image and writes it to a Docker tar.
func (b builder) image(ctx context.Context, r recipe, out string) error {
	content, err := os.CreateTemp(filepath.Dir(out), "layer-")
	if err != nil {
		return err
	}
	defer os.Remove(content.Name())
	defer content.Close()
	l, err := newLayer(content)
	if err != nil {
		return err
	}
	if err := b.fill(ctx, l, r); err != nil {
		return err
	}
	r.Env = b.environment(r)
	img, err := describe(r, content.Name())
	if err != nil {
		return err
	}
	refs := map[name.Reference]v1.Image{}
	for _, tag := range r.Tags {
		ref, err := name.NewTag(tag)
		if err != nil {
			return err
		}
		refs[ref] = img
	}
	// A tar that is there is whole.
	defer os.Remove(out + ".new")
	if err := tarball.MultiRefWriteToFile(out+".new", refs); err != nil {
		return err
	}
	return os.Rename(out+".new", out)
}

// describe puts the configuration to the layer.
func describe(r recipe, content string) (v1.Image, error) {
	layer, err := tarball.LayerFromFile(content, tarball.WithMediaType(types.OCILayer),
		tarball.WithCompressionLevel(gzip.BestSpeed), tarball.WithCompressedCaching)
	if err != nil {
		return nil, err
	}
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	if img, err = mutate.AppendLayers(img, layer); err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", runtime.GOARCH
	config.Created = v1.Time{Time: time.Unix(0, 0).UTC()}
	config.History = []v1.History{{Created: config.Created, CreatedBy: "hack/bases"}}
	config.Config = v1.Config{
		User: r.User, WorkingDir: cmp.Or(r.Workdir, "/"), Entrypoint: r.Entrypoint, Cmd: r.Cmd,
	}
	for _, name := range slices.Sorted(maps.Keys(r.Env)) {
		config.Config.Env = append(config.Config.Env, fmt.Sprintf("%s=%s", name, r.Env[name]))
	}
	return mutate.ConfigFile(img, config)
}
