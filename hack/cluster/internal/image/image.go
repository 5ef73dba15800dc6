// Package image writes container images as OCI tar files, without a registry
// or a container engine.
package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
)

// Image is an image of one layer.
type Image struct {
	// Reference is the name under which containers use it, with its tag.
	Reference string
	// Files are programs by their absolute path.
	Files map[string][]byte
	// Links are symbolic links: from their absolute path to where they lead.
	Links      map[string]string
	Entrypoint []string
}

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Write writes the image in the layout that "ctr images import" reads.
func (i Image) Write(w io.Writer) error {
	layer, err := i.layer()
	if err != nil {
		return fmt.Errorf("image %s: %w", i.Reference, err)
	}
	blobs := map[string][]byte{}
	config, err := add(blobs, "application/vnd.oci.image.config.v1+json", map[string]any{
		"architecture": runtime.GOARCH, "os": "linux",
		"config": map[string]any{"Entrypoint": i.Entrypoint, "Env": []string{"PATH=/bin"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{digest(layer)}},
	})
	if err != nil {
		return fmt.Errorf("image %s: %w", i.Reference, err)
	}
	blobs[digest(layer)] = layer
	const manifestType = "application/vnd.oci.image.manifest.v1+json"
	manifest, err := add(blobs, manifestType, map[string]any{
		"schemaVersion": 2, "mediaType": manifestType, "config": config,
		"layers": []descriptor{{"application/vnd.oci.image.layer.v1.tar", digest(layer), len(layer), nil}},
	})
	if err != nil {
		return fmt.Errorf("image %s: %w", i.Reference, err)
	}
	manifest.Annotations = map[string]string{"io.containerd.image.name": i.Reference}
	index, err := json.Marshal(map[string]any{"schemaVersion": 2, "manifests": []descriptor{manifest}})
	if err != nil {
		return fmt.Errorf("image %s: %w", i.Reference, err)
	}
	return writeLayout(w, index, blobs)
}

func writeLayout(w io.Writer, index []byte, blobs map[string][]byte) error {
	t := tar.NewWriter(w)
	files := map[string][]byte{"oci-layout": []byte(`{"imageLayoutVersion":"1.0.0"}`), "index.json": index}
	for d, data := range blobs {
		files["blobs/sha256/"+d[len("sha256:"):]] = data
	}
	for _, name := range sortedKeys(files) {
		if err := writeFile(t, name, 0o644, files[name]); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return fmt.Errorf("image: %w", err)
	}
	return nil
}

func (i Image) layer() ([]byte, error) {
	var buffer bytes.Buffer
	t := tar.NewWriter(&buffer)
	for _, name := range sortedKeys(i.Files) {
		if err := writeFile(t, name[1:], 0o755, i.Files[name]); err != nil {
			return nil, err
		}
	}
	for _, name := range sortedKeys(i.Links) {
		header := &tar.Header{Typeflag: tar.TypeSymlink, Name: name[1:], Linkname: i.Links[name], Mode: 0o777}
		if err := t.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("link %s: %w", name, err)
		}
	}
	if err := t.Close(); err != nil {
		return nil, fmt.Errorf("layer: %w", err)
	}
	return buffer.Bytes(), nil
}

func writeFile(t *tar.Writer, name string, mode int64, data []byte) error {
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(data))}); err != nil {
		return fmt.Errorf("file %s: %w", name, err)
	}
	if _, err := t.Write(data); err != nil {
		return fmt.Errorf("file %s: %w", name, err)
	}
	return nil
}

func add(blobs map[string][]byte, mediaType string, v any) (descriptor, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return descriptor{}, fmt.Errorf("%s: %w", mediaType, err)
	}
	blobs[digest(data)] = data
	return descriptor{MediaType: mediaType, Digest: digest(data), Size: len(data)}, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}
