package main

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// compile builds a small static program and writes another processor into its
// header, which is all that is read of it.
func compile(t *testing.T, machine elf.Machine) string {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "program")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", program, source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	const machineOffset = 0x12
	patch(t, program, func(elf []byte) { binary.LittleEndian.PutUint16(elf[machineOffset:], uint16(machine)) })
	return program
}

// patch changes the file at path.
func patch(t *testing.T, path string, change func([]byte)) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	change(data)
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
}

func bundle(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bundle.crt")
	if err := os.WriteFile(path, []byte("certificates"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// extract unpacks a tar into a new folder and returns it with the names.
func extract(t *testing.T, r io.Reader) (string, []string) {
	t.Helper()
	dir := t.TempDir()
	var names []string
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return dir, names
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.FileInfo().Mode().String()+" "+h.Name)
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(filepath.Join(dir, h.Name), 0o755)
		} else {
			var data []byte
			if data, err = io.ReadAll(tr); err == nil {
				err = os.WriteFile(filepath.Join(dir, h.Name), data, 0o644)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestPack reads the tar back the way containerd does and the way Docker does.
func TestPack(t *testing.T) {
	program := compile(t, elf.EM_AARCH64)
	out := filepath.Join(t.TempDir(), "image.tar")
	digest, err := pack(program, out, "", "spotguide:test", bundle(t))
	if err != nil {
		t.Fatal(err)
	}

	docker, err := tarball.ImageFromPath(out, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(docker); err != nil {
		t.Errorf("as docker load reads it: %v", err)
	}

	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	dir, _ := extract(t, bytes.NewReader(data))
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Errorf("as an OCI layout: %v", err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if got := manifest.Manifests[0].Annotations["io.containerd.image.name"]; got != "docker.io/library/spotguide:test" {
		t.Errorf("name for containerd = %q", got)
	}
	img, err := index.Image(digest)
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.Architecture != "arm64" || config.Config.User != "65534:65534" {
		t.Errorf("architecture %q, user %q", config.Architecture, config.Config.User)
	}
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	root, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	_, names := extract(t, root)
	want := []string{
		"-rwxr-xr-x spotguide", "dtrwxrwxrwx tmp/", "drwxr-xr-x etc/", "drwxr-xr-x etc/ssl/",
		"drwxr-xr-x etc/ssl/certs/", "-rw-r--r-- etc/ssl/certs/ca-certificates.crt",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("root file system (-want +got):\n%s", diff)
	}
}

func TestPackIsReproducible(t *testing.T) {
	program, certs := compile(t, elf.EM_X86_64), bundle(t)
	var tars [2][]byte
	for i := range tars {
		out := filepath.Join(t.TempDir(), "image.tar")
		if _, err := pack(program, out, "linux/amd64", "spotguide:test", certs); err != nil {
			t.Fatal(err)
		}
		var err error
		if tars[i], err = os.ReadFile(out); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(tars[0], tars[1]) {
		t.Error("the same input gave two different tars")
	}
}

func TestPackRefuses(t *testing.T) {
	amd64 := compile(t, elf.EM_X86_64)
	tests := map[string]struct{ program, platform, tag, certs, want string }{
		"no binary":          {program: "absent", want: "no such file"},
		"no program":         {program: bundle(t), want: "not a Linux program"},
		"another processor":  {program: compile(t, elf.EM_RISCV), want: "amd64 and arm64 are supported"},
		"another platform":   {program: amd64, platform: "linux/arm64", want: "is built for linux/amd64, not for linux/arm64"},
		"a bad name":         {program: amd64, tag: "Not A Tag", want: "repository can only contain"},
		"absent certificate": {program: amd64, certs: "absent", want: "no such file"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "image.tar")
			_, err := pack(tt.program, out, tt.platform, tt.tag, tt.certs)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want one with %q", err, tt.want)
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("a tar was left behind")
			}
		})
	}
}

// TestDynamicBinaryIsRefused makes a static program ask for a loader, by the
// type of its first program header.
func TestDynamicBinaryIsRefused(t *testing.T) {
	path := compile(t, elf.EM_X86_64)
	const programHeaders = 0x20 // where an ELF header says they are
	patch(t, path, func(program []byte) {
		first := binary.LittleEndian.Uint64(program[programHeaders:])
		binary.LittleEndian.PutUint32(program[first:], uint32(elf.PT_INTERP))
	})
	_, err := pack(path, filepath.Join(t.TempDir(), "image.tar"), "", "spotguide:test", bundle(t))
	if err == nil || !strings.Contains(err.Error(), "CGO_ENABLED=0") {
		t.Errorf("error = %v, want advice to build without cgo", err)
	}
}
