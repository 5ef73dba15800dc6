package ko

import (
	"archive/tar"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/spotguide/spotguide/test/registry"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// serve is a registry with a base image.
func serve(t *testing.T) (address string) {
	t.Helper()
	server := httptest.NewServer(registry.New(t.TempDir()))
	t.Cleanup(server.Close)
	address = strings.TrimPrefix(server.URL, "http://")
	base, err := random.Image(100, 2)
	must(t, err)
	ref, err := name.ParseReference(address+"/static", name.Insecure)
	must(t, err)
	must(t, remote.Write(ref, base, remote.WithContext(t.Context())))
	return address
}

func archive(t *testing.T, headers ...tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, h := range headers {
		h.Mode = 0o755
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(h.Name))
		}
		must(t, w.WriteHeader(&h))
		if h.Typeflag == tar.TypeReg {
			_, err := io.WriteString(w, h.Name)
			must(t, err)
		}
	}
	must(t, w.Close())
	return out.Bytes()
}

// TestBuild goes from a source to an image and on to the next build, which finds
// the cache. The same program gives the same digest.
func TestBuild(t *testing.T) {
	address := serve(t)
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(archive(t, tar.Header{Typeflag: tar.TypeDir, Name: "cmd/"}, tar.Header{Typeflag: tar.TypeReg, Name: "cmd/main"}))
	}))
	defer source.Close()
	cache := Cache{Image: address + "/shop/web:cache-ko", Insecure: true}
	image := Image{
		Program: "cmd/main", Args: []string{"-v"}, Port: 8080, Base: address + "/static",
		Tag: address + "/shop/web:1", Insecure: true,
	}
	var digests []string
	for _, want := range []string{"", "build/ab/result", "build/ab/result"} {
		dir := t.TempDir()
		var notices bytes.Buffer
		must(t, Fetch(t.Context(), source.URL, dir, cache, &notices))
		if notices.Len() > 0 {
			t.Errorf("notices: %s", &notices)
		}
		if _, err := os.Stat(filepath.Join(dir, CacheFolder, want)); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(dir, CacheFolder, ModuleCache, "extracted")); err == nil {
			t.Error("modules are kept that go.sum does not vouch for")
		}
		for _, file := range []string{"build/ab/result", "modules/cache/download/m.zip", "modules/extracted"} {
			file = filepath.Join(dir, CacheFolder, file)
			must(t, os.MkdirAll(filepath.Dir(file), 0o755))
			must(t, os.WriteFile(file, []byte("kept"), 0o644))
		}
		digest, err := Push(t.Context(), dir, image)
		must(t, err)
		digests = append(digests, digest)
		must(t, cache.Keep(t.Context(), dir))
	}
	if digests[0] != digests[1] || digests[1] != digests[2] {
		t.Errorf("the same program became %s", digests)
	}
	ref, err := name.ParseReference(image.Tag+"@"+digests[0], name.Insecure)
	must(t, err)
	pulled, err := remote.Image(ref)
	must(t, err)
	must(t, validate.Image(pulled))
	file, err := pulled.ConfigFile()
	must(t, err)
	got := []any{file.Config.Cmd, file.Config.User, file.Config.WorkingDir, file.Config.Env, len(file.RootFS.DiffIDs)}
	if diff := cmp.Diff([]any{[]string{"./main", "-v"}, "10001:10001", "/app", []string{"PORT=8080"}, 3}, got); diff != "" {
		t.Error(diff)
	}
}

// TestLinks: nothing outside of the folder is read or written, whatever a source
// holds or a compiler leaves.
func TestLinks(t *testing.T) {
	outside := t.TempDir()
	must(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600))
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, SourceFolder), 0o755))
	must(t, os.MkdirAll(filepath.Join(dir, CacheFolder, BuildCache), 0o755))
	must(t, os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, SourceFolder, "app")))
	must(t, os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, CacheFolder, BuildCache, "secret")))
	if _, err := (Image{Program: "app"}).layer(dir); err == nil {
		t.Error("a link became a program")
	}
	if _, err := (Image{Program: "."}).layer(dir); err == nil || !strings.Contains(err.Error(), "is no file") {
		t.Errorf("a folder as program: %v", err)
	}
	root, err := os.OpenRoot(filepath.Join(dir, CacheFolder))
	must(t, err)
	defer root.Close()
	var packed bytes.Buffer
	must(t, pack(&packed, root, BuildCache, downloads))
	if bytes.Contains(packed.Bytes(), []byte("secret")) {
		t.Error("a link is kept in the cache")
	}
	for name, headers := range map[string][]tar.Header{
		"a way out": {{Typeflag: tar.TypeReg, Name: "../out"}},
		"a link":    {{Typeflag: tar.TypeSymlink, Name: "link", Linkname: outside}, {Typeflag: tar.TypeReg, Name: "link/out"}},
	} {
		if err := unpack(bytes.NewReader(archive(t, headers...)), t.TempDir()); err == nil {
			t.Errorf("%s is followed", name)
		}
	}
	if _, err := os.Stat(filepath.Join(outside, "out")); err == nil {
		t.Error("it was written to")
	}
}

// TestBrokenCache is done without, and told.
func TestBrokenCache(t *testing.T) {
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			http.NotFound(w, r)
		}
	}))
	defer source.Close()
	dir := t.TempDir()
	var notices bytes.Buffer
	must(t, Fetch(t.Context(), source.URL, dir, Cache{Image: "127.0.0.1:1/a:cache", Insecure: true}, &notices))
	if !strings.Contains(notices.String(), "built without the cache: pull 127.0.0.1:1/a:cache") {
		t.Errorf("notices: %s", &notices)
	}
	if err := Fetch(t.Context(), source.URL+"/gone", t.TempDir(), Cache{}, &notices); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("error %v", err)
	}
}
