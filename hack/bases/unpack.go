package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
)

// unwanted is what only people read.
var unwanted = []string{
	"usr/share/doc/", "usr/share/man/", "usr/share/info/", "usr/share/locale/", "usr/share/lintian/", "usr/share/bug/",
}

// unpacker puts Debian packages into a layer.
type unpacker struct {
	layer *layer
	modes map[string]mode
	// busybox and certificates are the programs and authorities met so far.
	busybox      []byte
	certificates bytes.Buffer
}

// unpack adds all that a package holds, but its scripts.
func (u *unpacker) unpack(ctx context.Context, deb string) (err error) {
	var problem strings.Builder
	cmd := exec.CommandContext(ctx, "dpkg-deb", "--fsys-tarfile", deb)
	cmd.Stderr = &problem
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	err = u.entries(tar.NewReader(out))
	if err == nil {
		_, err = io.Copy(io.Discard, out) // the padding, or dpkg-deb fails
	}
	if err = cmp.Or(err, cmd.Wait()); err != nil {
		return fmt.Errorf("%s: %w %s", filepath.Base(deb), err, problem.String())
	}
	return nil
}

func (u *unpacker) entries(r *tar.Reader) error {
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := u.entry(h, r); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
}

func (u *unpacker) entry(h *tar.Header, content io.Reader) error {
	h.Name = place(h.Name)
	for _, prefix := range unwanted {
		if strings.HasPrefix(h.Name+"/", prefix) {
			return nil
		}
	}
	if m, ok := u.modes["/"+h.Name]; ok {
		h.Mode = int64(m)
	}
	switch h.Typeflag {
	case tar.TypeDir:
		h.Name += "/"
	case tar.TypeLink:
		h.Linkname = place(h.Linkname)
	}
	switch {
	case h.Name == "usr/bin/busybox":
		data, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		u.busybox, content = data, bytes.NewReader(data)
	case strings.HasSuffix(h.Name, ".crt"):
		content = io.TeeReader(content, &u.certificates)
	}
	return u.layer.add(h, content)
}
