package source

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
)

// pack is one packfile of a mirror, as packer writes them: whole objects, no
// deltas. It is immutable and safe for concurrent use. Its file stays readable
// after it was removed, and is closed when nobody holds the pack any more.
type pack struct {
	path  string
	file  *os.File
	size  int64
	index []entry // by hash
}

// entry says where an object begins.
type entry struct {
	hash   plumbing.Hash
	offset int64
}

func (p *pack) find(h plumbing.Hash) (int64, bool) {
	i, ok := slices.BinarySearchFunc(p.index, h, func(e entry, h plumbing.Hash) int { return bytes.Compare(e.hash[:], h[:]) })
	if !ok {
		return 0, false
	}
	return p.index[i].offset, true
}

// remove takes the pack's files off the disk; whoever holds it can still read.
func (p *pack) remove() {
	_ = os.Remove(p.path)
	_ = os.Remove(strings.TrimSuffix(p.path, ".pack") + ".idx")
}

// read returns the object at an offset. With peek the content is left out.
func (p *pack) read(offset int64, peek bool) (object, error) {
	r := readers.Get().(*objectReader)
	defer readers.Put(r)
	return r.read(p.file, offset, p.size, peek)
}

// object is a Git object in memory.
type object struct {
	kind plumbing.ObjectType
	size int64
	data []byte // nil when only the header was read
}

// objectReader holds the buffers of one read.
type objectReader struct {
	buf *bufio.Reader
	zip io.ReadCloser
}

// readers are shared by all packs, since they hold nothing but buffers.
var readers = sync.Pool{New: func() any { return &objectReader{buf: bufio.NewReaderSize(nil, 4096)} }}

func (r *objectReader) read(file io.ReaderAt, offset, size int64, peek bool) (object, error) {
	r.buf.Reset(io.NewSectionReader(file, offset, size-offset))
	o, err := readEntryHeader(r.buf)
	if err != nil || peek {
		return o, err
	}
	if r.zip == nil {
		r.zip, err = zlib.NewReader(r.buf)
	} else {
		err = r.zip.(zlib.Resetter).Reset(r.buf, nil)
	}
	if err != nil {
		return object{}, corrupt(err)
	}
	o.data = make([]byte, o.size)
	if _, err := io.ReadFull(r.zip, o.data); err != nil {
		return object{}, corrupt(err)
	}
	// The end is read too, for that is where the checksum is.
	if n, err := r.zip.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		return object{}, corrupt(fmt.Errorf("object at %d is longer than it says", offset))
	}
	return o, nil
}

// readEntryHeader reads an object's type and size: three bits of type and four
// of size in the first byte, then seven bits of size a byte.
func readEntryHeader(r io.ByteReader) (object, error) {
	b, err := r.ReadByte()
	if err != nil {
		return object{}, corrupt(err)
	}
	o := object{kind: plumbing.ObjectType(b >> 4 & 7), size: int64(b & 15)}
	for shift := 4; b&0x80 != 0; shift += 7 {
		if b, err = r.ReadByte(); err != nil || shift > 40 {
			return object{}, corrupt(errors.New("object header"))
		}
		o.size |= int64(b&0x7f) << shift
	}
	if !o.kind.Valid() || o.kind.IsDelta() {
		return object{}, corrupt(fmt.Errorf("object of type %d", o.kind))
	}
	return o, nil
}

func corrupt(err error) *Error {
	return &Error{Kind: KindCorrupt, Problem: "the mirror is damaged; it is fetched anew with the next try", Err: err}
}

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
