package main

import (
	"bytes"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// user runs the binary; 65534 is nobody's.
const user = "65534:65534"

// build makes the image. Nothing in it depends on the time, the machine or the
// order of a map.
func build(program, certs []byte, platform v1.Platform) (v1.Image, error) {
	content, err := rootFS(program, certs)
	if err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	layer, err := tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer))
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
	config.OS, config.Architecture = platform.OS, platform.Architecture
	config.Created = v1.Time{Time: time.Unix(0, 0).UTC()}
	config.History = []v1.History{{Created: config.Created, CreatedBy: "hack/image"}}
	config.Config = v1.Config{
		User:       user,
		WorkingDir: "/",
		Entrypoint: []string{"/spotguide"},
		Cmd:        []string{"agent"},
		Env:        []string{"PATH=/", "HOME=/tmp"},
		Labels: map[string]string{
			"org.opencontainers.image.title":    "spotguide",
			"org.opencontainers.image.source":   "https://github.com/spotguide/spotguide",
			"org.opencontainers.image.licenses": "Apache-2.0",
		},
	}
	return mutate.ConfigFile(img, config)
}

// rootFS is the tar of the image's only layer.
func rootFS(program, certs []byte) ([]byte, error) {
	entries := []entry{{"spotguide", 0o755, program}, {"tmp/", 0o1777, nil}}
	if certs != nil {
		entries = append(entries, entry{"etc/", 0o755, nil}, entry{"etc/ssl/", 0o755, nil},
			entry{"etc/ssl/certs/", 0o755, nil}, entry{"etc/ssl/certs/ca-certificates.crt", 0o644, certs})
	}
	var buf bytes.Buffer
	err := writeTar(&buf, entries)
	return buf.Bytes(), err
}
