package source

import (
	"bufio"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/go-git/go-git/v5/plumbing"
)

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
