package source

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
)

// openPack opens a pack and makes sure that it is what was written.
func openPack(path string) (_ *pack, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, corrupt(err)
	}
	defer func() {
		if err != nil {
			_ = file.Close()
		}
	}()
	index, sum, err := readIndex(strings.TrimSuffix(path, ".pack") + ".idx")
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, corrupt(err)
	}
	p := &pack{path: path, file: file, size: info.Size() - sha1.Size, index: index}
	h := sha1.New()
	if _, err := io.Copy(h, io.NewSectionReader(file, 0, p.size)); err != nil {
		return nil, corrupt(err)
	}
	if !bytes.Equal(h.Sum(nil), sum) {
		return nil, corrupt(errors.New("a pack does not match its checksum"))
	}
	return p, nil
}

// readIndex returns a pack's entries and the checksum that the pack must have.
func readIndex(path string) ([]entry, []byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, corrupt(err)
	}
	defer func() { _ = f.Close() }()
	idx := idxfile.NewMemoryIndex()
	if err := idxfile.NewDecoder(bufio.NewReader(f)).Decode(idx); err != nil {
		return nil, nil, corrupt(err)
	}
	index, err := compactIndex(idx)
	if err != nil {
		return nil, nil, corrupt(err)
	}
	return index, idx.PackfileChecksum[:], nil
}

func compactIndex(idx *idxfile.MemoryIndex) ([]entry, error) {
	n, err := idx.Count()
	if err != nil {
		return nil, err
	}
	out := make([]entry, 0, n)
	entries, err := idx.Entries()
	if err != nil {
		return nil, err
	}
	for {
		e, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, entry{e.Hash, int64(e.Offset)})
	}
}
