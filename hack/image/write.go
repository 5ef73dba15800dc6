package main

import (
	"archive/tar"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// entry is one file of a tar, or a folder when its name ends in a slash.
type entry struct {
	name string
	mode int64
	data []byte
}

// write puts img into the file at path, under the name tag.
func write(path, tag string, img v1.Image) error {
	entries, err := archive(tag, img)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	// Whoever reads the tar meanwhile has the old one, and has it whole.
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := cmp.Or(writeTar(f, entries), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// archive lays the image out as OCI wants it, for containerd, podman and skopeo,
// with the manifest.json beside it that docker load reads.
func archive(tag string, img v1.Image) ([]entry, error) {
	ref, err := name.NewTag(tag)
	if err != nil {
		return nil, err
	}
	// containerd and Docker write their default registry this way.
	full := strings.Replace(ref.Name(), name.DefaultRegistry+"/", "docker.io/", 1)
	index, err := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{
		Add: img,
		Descriptor: v1.Descriptor{Annotations: map[string]string{
			"io.containerd.image.name":          full,
			"org.opencontainers.image.ref.name": ref.TagStr(),
		}},
	}).RawManifest()
	if err != nil {
		return nil, err
	}
	blobs, docker, err := contents(img)
	if err != nil {
		return nil, err
	}
	docker.RepoTags = []string{tag}
	manifest, err := json.Marshal([]dockerManifest{docker})
	if err != nil {
		return nil, err
	}
	return append(blobs,
		entry{"index.json", 0o644, index},
		entry{"manifest.json", 0o644, manifest},
		entry{"oci-layout", 0o644, []byte(`{"imageLayoutVersion":"1.0.0"}`)},
	), nil
}

// dockerManifest is an image in the manifest.json of docker save.
type dockerManifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// contents are the image's blobs and where docker load finds them.
func contents(img v1.Image) ([]entry, dockerManifest, error) {
	var docker dockerManifest
	entries := []entry{{"blobs/", 0o755, nil}, {"blobs/sha256/", 0o755, nil}}
	add := func(digest func() (v1.Hash, error), content func() ([]byte, error)) (string, error) {
		hash, err := digest()
		if err != nil {
			return "", err
		}
		data, err := content()
		path := "blobs/" + hash.Algorithm + "/" + hash.Hex
		entries = append(entries, entry{path, 0o644, data})
		return path, err
	}
	if _, err := add(img.Digest, img.RawManifest); err != nil {
		return nil, docker, err
	}
	config, err := add(img.ConfigName, img.RawConfigFile)
	if err != nil {
		return nil, docker, err
	}
	docker.Config = config
	layers, err := img.Layers()
	if err != nil {
		return nil, docker, err
	}
	for _, layer := range layers {
		path, err := add(layer.Digest, func() ([]byte, error) { return compressed(layer) })
		if err != nil {
			return nil, docker, err
		}
		docker.Layers = append(docker.Layers, path)
	}
	return entries, docker, nil
}

func compressed(layer v1.Layer) ([]byte, error) {
	r, err := layer.Compressed()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// writeTar writes entries with one time and one owner for all.
func writeTar(out io.Writer, entries []entry) error {
	w := tar.NewWriter(out)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Mode: e.mode, Size: int64(len(e.data)), ModTime: time.Unix(0, 0), Typeflag: tar.TypeReg}
		if strings.HasSuffix(e.name, "/") {
			header.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(header); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		if _, err := w.Write(e.data); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	return w.Close()
}
