package build

import (
	"archive/tar"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// writeContext writes what BuildKit builds from: the folder, or the workspace around it, and in it the
// Dockerfile if it has been written for it. Links stay links, so that they lead
// no further in the build than they do here.
func writeContext(w io.Writer, c recipe) error {
	archive := tar.NewWriter(w)
	dir := c.Stack.Context(c.Dir)
	folder, err := fs.Sub(c.Tree, dir)
	if err != nil {
		return fmt.Errorf("folder %s: %w", dir, err)
	}
	err = fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if err := writeEntry(archive, folder, name, entry); err != nil {
			return fmt.Errorf("%s: %w", path.Join(dir, name), err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if c.written != nil {
		header := &tar.Header{Name: c.filename, Mode: 0o644, Size: int64(len(c.written))}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(c.written); err != nil {
			return err
		}
	}
	return archive.Close()
}

func writeEntry(archive *tar.Writer, folder fs.FS, name string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	link := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		if link, err = fs.ReadLink(folder, name); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(info, link)
	if err != nil {
		return err
	}
	header.Name = name
	if entry.IsDir() {
		header.Name += "/"
	}
	if err := archive.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
		return err
	}
	file, err := folder.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(archive, file)
	return err
}
