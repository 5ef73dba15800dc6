package registry_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/spotguide/spotguide/test/registry"
)

// TestLoad pulls what was loaded, under the name that a mirror has.
func TestLoad(t *testing.T) {
	img, err := random.Image(1000, 2)
	if err != nil {
		t.Fatal(err)
	}
	images := map[name.Reference]v1.Image{}
	for _, text := range []string{"golang:1.26-alpine", "gcr.io/distroless/static:nonroot"} {
		tag, err := name.NewTag(text)
		if err != nil {
			t.Fatal(err)
		}
		images[tag] = img
	}
	file := filepath.Join(t.TempDir(), "images.tar")
	if err := tarball.MultiRefWriteToFile(file, images); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(registry.New(t.TempDir()))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")

	loaded, err := registry.Load(t.Context(), address, file)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{address + "/distroless/static:nonroot", address + "/library/golang:1.26-alpine"}
	if diff := cmp.Diff(want, loaded); diff != "" {
		t.Errorf("loaded (-want +got):\n%s", diff)
	}
	for _, text := range want {
		ref, err := name.ParseReference(text, name.Insecure)
		if err != nil {
			t.Fatal(err)
		}
		pulled, err := remote.Image(ref, remote.WithContext(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(pulled); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestLoadNamesTheTar(t *testing.T) {
	file := filepath.Join(t.TempDir(), "images.tar")
	if err := os.WriteFile(file, []byte("no tar"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := registry.Load(t.Context(), "127.0.0.1:1", file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("error %v, want one that names the tar", err)
	}
}
