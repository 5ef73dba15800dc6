//go:build e2e && kafka

package e2e

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// kafkaImage is apache/kafka:test after the official image's conventions: java, and
// Kafka's libraries in /opt/kafka/libs. It is made of the base image with Java and
// of what hack/kafka fetches.
func kafkaImage(t *testing.T) string {
	t.Helper()
	jre, err := name.NewTag("eclipse-temurin:21-jre")
	if err != nil {
		t.Fatal(err)
	}
	base, err := tarball.ImageFromPath(filepath.Join(root, "bin", "bases", "java-run.tar"), &jre)
	if err != nil {
		t.Fatalf("the base image (make bases): %v", err)
	}
	img, err := withLibraries(base)
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag("docker.io/apache/kafka:test")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kafka.tar")
	if err := tarball.WriteToFile(file, tag, img); err != nil {
		t.Fatal(err)
	}
	return file
}

// withLibraries adds Kafka's libraries to an image.
func withLibraries(base v1.Image) (v1.Image, error) {
	jars, err := filepath.Glob(filepath.Join(root, "bin", "kafka", "*.jar"))
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	w := tar.NewWriter(&content)
	for _, jar := range jars {
		data, err := os.ReadFile(jar)
		if err != nil {
			return nil, err
		}
		if err := w.WriteHeader(&tar.Header{Name: "opt/kafka/libs/" + filepath.Base(jar), Mode: 0o644, Size: int64(len(data))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content.Bytes())), nil
	})
	if err != nil {
		return nil, err
	}
	return mutate.AppendLayers(base, layer)
}
