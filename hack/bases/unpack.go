package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
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
	// capabilities are numbers, by the program that has one.
	capabilities map[string]int
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
	if number, ok := u.capabilities["/"+h.Name]; ok {
		h.Mode = 0o755
		h.PAXRecords = map[string]string{"SCHILY.xattr.security.capability": capability(number)}
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

// capability is the extended attribute by which a program has a capability,
// permitted and in effect: the kernel's struct vfs_cap_data, revision 2.
func capability(number int) string {
	const revision2, effective = 0x02000000, 1
	data := binary.LittleEndian.AppendUint32(nil, revision2|effective)
	data = binary.LittleEndian.AppendUint32(data, 1<<number) // permitted, the lower 32
	return string(append(data, make([]byte, 3*4)...))        // inheritable, and the upper 32 of both
}
