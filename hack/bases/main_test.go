package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// pack is a tar of the headers given, each regular file with its name inside.
func pack(t *testing.T, headers ...tar.Header) *tar.Reader {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, h := range headers {
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(h.Name))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := io.WriteString(w, h.Name); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return tar.NewReader(&out)
}

// list tells what a tar holds: mode, name, and where it leads or what is inside.
func list(t *testing.T, r io.Reader) []string {
	t.Helper()
	var lines []string
	for in := tar.NewReader(r); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.TrimSpace(strings.Join([]string{
			h.FileInfo().Mode().String(), h.Name, h.Linkname + string(content)}, " ")))
	}
}

func TestUnpackFollowsTheMergedUsr(t *testing.T) {
	var out bytes.Buffer
	l, err := newLayer(&out)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.text("etc/passwd", "ours"); err != nil {
		t.Fatal(err)
	}
	u := &unpacker{layer: l, capabilities: map[string]int{"/usr/bin/map": 7}}
	err = u.entries(pack(t,
		tar.Header{Typeflag: tar.TypeDir, Name: "./", Mode: 0o755},
		tar.Header{Typeflag: tar.TypeDir, Name: "./bin/", Mode: 0o755},
		tar.Header{Typeflag: tar.TypeReg, Name: "./bin/busybox", Mode: 0o755},
		tar.Header{Typeflag: tar.TypeLink, Name: "./bin/hard", Linkname: "./bin/busybox"},
		tar.Header{Typeflag: tar.TypeSymlink, Name: "./lib/x.so", Linkname: "x.so.1"},
		tar.Header{Typeflag: tar.TypeReg, Name: "./usr/bin/map", Mode: 0o4755},
		tar.Header{Typeflag: tar.TypeReg, Name: "./etc/passwd", Mode: 0o600},
		tar.Header{Typeflag: tar.TypeReg, Name: "./usr/share/doc/x/copyright", Mode: 0o644},
		tar.Header{Typeflag: tar.TypeReg, Name: "./usr/share/ca-certificates/a.crt", Mode: 0o644},
	))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.close(); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"drwxr-xr-x usr/", "drwxr-xr-x usr/bin/", "Lrwxrwxrwx bin usr/bin", "drwxr-xr-x usr/sbin/", "Lrwxrwxrwx sbin usr/sbin",
		"drwxr-xr-x usr/lib/", "Lrwxrwxrwx lib usr/lib", "drwxr-xr-x usr/lib64/", "Lrwxrwxrwx lib64 usr/lib64",
		"dtrwxrwxrwx tmp/", "drwxr-xr-x var/", "dtrwxrwxrwx var/tmp/",
		"drwxr-xr-x etc/", "-rw-r--r-- etc/passwd ours",
		"-rwxr-xr-x usr/bin/busybox ./bin/busybox", "---------- usr/bin/hard usr/bin/busybox", "L--------- usr/lib/x.so x.so.1",
		"-rwxr-xr-x usr/bin/map ./usr/bin/map",
		"drwxr-xr-x usr/share/", "drwxr-xr-x usr/share/ca-certificates/",
		"-rw-r--r-- usr/share/ca-certificates/a.crt ./usr/share/ca-certificates/a.crt",
	}
	if diff := cmp.Diff(want, list(t, bytes.NewReader(out.Bytes()))); diff != "" {
		t.Errorf("layer (-want +got):\n%s", diff)
	}
	if got := u.certificates.String(); got != "./usr/share/ca-certificates/a.crt" {
		t.Errorf("certificates %q", got)
	}
	if !l.has("busybox") || l.has("x.so") {
		t.Error("the layer does not know its commands")
	}
	if !bytes.Contains(out.Bytes(), []byte("SCHILY.xattr.security.capability=\x01\x00\x00\x02\x80\x00\x00\x00\x00")) {
		t.Error("the program has no capability")
	}
}

// TestRefresh makes an image without packages, finds it made, makes it again once
// what it copies is another, and remembers the first.
func TestRefresh(t *testing.T) {
	root, file := t.TempDir(), filepath.Join(t.TempDir(), "bases", "x.tar")
	write := func(content string) {
		if err := os.WriteFile(filepath.Join(root, "program"), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	b := builder{root: root, cache: t.TempDir()}
	r := recipe{Tags: []string{"gcr.io/x/y:1", "z:2"}, Copy: map[string]string{"/bin/program": "program"}, User: "7",
		Folders: map[string]folder{"/home/x": {Mode: 0o700, Owner: 7}}, Env: map[string]string{"A": "b"}, Cmd: []string{"program"}}
	for i, step := range []struct {
		content string
		made    bool
	}{{"one", true}, {"one", false}, {"two", true}, {"one", false}} {
		write(step.content)
		made, err := b.refresh(t.Context(), "x", r, file)
		if err != nil {
			t.Fatal(err)
		}
		if made != step.made {
			t.Errorf("step %d: made %v, want %v", i, made, step.made)
		}
	}
	r.Folders["/home/x"] = folder{Mode: 0o755, Owner: 7}
	if made, err := b.refresh(t.Context(), "x", r, file); err != nil || !made {
		t.Errorf("after a change of the recipe: made %v, %v", made, err)
	}
	if err := forget(b.cache, time.Now().Add(-time.Hour)); err != nil {
		t.Error(err)
	}
	for _, text := range r.Tags {
		tag, err := name.NewTag(text)
		if err != nil {
			t.Fatal(err)
		}
		img, err := tarball.ImageFromPath(file, &tag)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(img); err != nil {
			t.Error(err)
		}
		config, err := img.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		if c := config.Config; c.User != "7" || c.WorkingDir != "/" || !cmp.Equal(c.Env, []string{"A=b"}) {
			t.Errorf("config %+v", c)
		}
	}
}

// TestForget removes only what nobody has wanted for long.
func TestForget(t *testing.T) {
	cache, since := t.TempDir(), time.Unix(1000, 0)
	for name, wanted := range map[string]time.Time{"old.tar": since, "new.tar": since.Add(time.Second)} {
		file := filepath.Join(cache, name)
		if err := errors.Join(os.WriteFile(file, nil, 0o644), os.Chtimes(file, wanted, wanted)); err != nil {
			t.Fatal(err)
		}
	}
	if err := forget(cache, since); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(cache, "*")); err != nil || !cmp.Equal(left, []string{filepath.Join(cache, "new.tar")}) {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestTable(t *testing.T) {
	if _, err := readTable(tableYAML); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]string{
		"x: {tags: [a], unknown: 1}":                     "field unknown not found",
		"x: {packages: [a]}":                             "x has no tags",
		"x: {tags: [a], folders: {/a: rwx}}":             "want octal digits",
		"x: {tags: [a], folders: {/a: \"0755 nobody\"}}": "number of a user",
	} {
		if _, err := readTable([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
	}
	err := run(t.Context(), t.TempDir(), "", []string{"cobol"}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "there are alpine, ") {
		t.Errorf("unknown name: error %v", err)
	}
}

func TestPlannedPackages(t *testing.T) {
	const plan = "Inst busybox-static (1:1.35.0-4+deb12u1+b1 Debian:12.15/oldstable [amd64])\n" +
		"Inst libgcc-s1 (12.2.0-14+deb12u1 Debian:12.15/oldstable [amd64]) []\n" +
		"Inst tzdata (2025b-0 Debian:12.15/oldstable, Debian-Security:12/oldstable-security [all])\n" +
		"Conf busybox-static (1:1.35.0-4+deb12u1+b1 Debian:12.15/oldstable [amd64])\n"
	want := []string{"busybox-static_1%3a1.35.0-4+deb12u1+b1_amd64.deb", "libgcc-s1_12.2.0-14+deb12u1_amd64.deb", "tzdata_2025b-0_all.deb"}
	if diff := cmp.Diff(want, downloads(plan)); diff != "" {
		t.Errorf("downloads (-want +got):\n%s", diff)
	}
}
