package main

import (
	"archive/tar"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"
)

// layer writes the tar of an image's only layer. What is written first stays:
// a later file of the same name is left out.
type layer struct {
	tar  *tar.Writer
	have map[string]bool
}

// newLayer begins a layer with the links of Debian's merged /usr and /tmp.
func newLayer(w io.Writer) (*layer, error) {
	l := &layer{tar: tar.NewWriter(w), have: map[string]bool{}}
	for _, name := range []string{"bin", "sbin", "lib", "lib64"} {
		if err := errors.Join(l.folder("usr/"+name, 0o755, 0), l.link(name, "usr/"+name)); err != nil {
			return nil, err
		}
	}
	return l, errors.Join(l.folder("tmp", 0o1777, 0), l.folder("var/tmp", 0o1777, 0))
}

func (l *layer) close() error { return l.tar.Close() }

// place is where a path lies once the links of the merged /usr are followed.
func place(name string) string {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	first, _, _ := strings.Cut(name, "/")
	switch first {
	case "bin", "sbin", "lib", "lib64":
		return "usr/" + name
	}
	return name
}

// add writes an entry, and the folders above it that are not there yet.
func (l *layer) add(h *tar.Header, content io.Reader) error {
	name := strings.TrimSuffix(h.Name, "/")
	if l.have[name] || name == "" {
		return nil
	}
	if parent := path.Dir(name); parent != "." && !l.have[parent] {
		if err := l.folder(parent, 0o755, 0); err != nil {
			return err
		}
	}
	l.have[name] = true
	h.ModTime, h.AccessTime, h.ChangeTime = time.Unix(0, 0), time.Time{}, time.Time{}
	h.Uname, h.Gname, h.Format = "", "", tar.FormatUnknown
	if err := l.tar.WriteHeader(h); err != nil {
		return fmt.Errorf("%s: %w", h.Name, err)
	}
	if content == nil {
		return nil
	}
	_, err := io.Copy(l.tar, content)
	return err
}

func (l *layer) folder(name string, mode int64, owner int) error {
	return l.add(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode, Uid: owner, Gid: owner}, nil)
}

func (l *layer) link(name, target string) error {
	return l.add(&tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}, nil)
}

func (l *layer) text(name, content string) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content))}
	return l.add(h, strings.NewReader(content))
}

// file copies a file of this machine.
func (l *layer) file(name, source string) (err error) {
	f, err := os.Open(source)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: int64(info.Mode().Perm()), Size: info.Size()}
	return l.add(h, f)
}

// has tells whether any of the folders of programs has a command.
func (l *layer) has(command string) bool {
	for _, dir := range []string{"usr/bin/", "usr/sbin/", "usr/local/bin/"} {
		if l.have[dir+command] {
			return true
		}
	}
	return false
}
