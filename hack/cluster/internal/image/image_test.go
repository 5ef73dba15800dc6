package image

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestWriteHoldsEveryBlobItNames(t *testing.T) {
	var out bytes.Buffer
	i := Image{Reference: "example.test/a:1", Files: map[string][]byte{"/a": []byte("program")},
		Links: map[string]string{"/bin/b": "/a"}, Entrypoint: []string{"/a"}}
	if err := i.Write(&out); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	r := tar.NewReader(&out)
	for {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[header.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	if len(files) != 5 {
		t.Fatalf("%d files, want layout, index, manifest, config and layer", len(files))
	}
	for name, data := range files {
		if dir, base := filepath.Split(name); dir == "blobs/sha256/" && "sha256:"+base != digest(data) {
			t.Errorf("%s holds what has the digest %s", name, digest(data))
		}
	}
	if !bytes.Contains(files["index.json"], []byte(i.Reference)) {
		t.Errorf("index does not name the image: %s", files["index.json"])
	}
}

func TestPauseWaits(t *testing.T) {
	pause, err := Pause()
	if err != nil {
		t.Skip(err)
	}
	file := filepath.Join(t.TempDir(), "pause")
	if err := os.WriteFile(file, pause.Files["/pause"], 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		t.Fatalf("pause ended: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ended
}

func TestPauseProgramOfUnknownMachine(t *testing.T) {
	if _, err := pauseProgram("vax"); err == nil {
		t.Fatal("want an error")
	}
	for _, machine := range []string{"amd64", "arm64"} {
		if _, err := pauseProgram(machine); err != nil {
			t.Errorf("%s: %v", machine, err)
		}
	}
}
