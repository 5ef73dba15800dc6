package source

import (
	"bufio"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
)

const packHeader = 12 // "PACK", version, count

// packer writes a pack of whole objects. What it has written can be read back
// while it goes on. Either finish or abort ends it.
type packer struct {
	folder  string
	file    *os.File
	limit   int64 // bytes the pack may have
	offset  int64
	entries map[plumbing.Hash]int64
	index   idxfile.Writer
	zip     *zlib.Writer
	reader  objectReader
}

func newPacker(folder string, limit int64) (*packer, error) {
	f, err := os.CreateTemp(folder, "tmp_pack_")
	if err != nil {
		return nil, fmt.Errorf("mirror: %w", err)
	}
	zip, err := zlib.NewWriterLevel(io.Discard, zlib.BestSpeed)
	if err != nil {
		return nil, err
	}
	p := &packer{
		folder: folder, file: f, limit: limit, entries: map[plumbing.Hash]int64{}, zip: zip,
		reader: objectReader{buf: bufio.NewReaderSize(nil, 4096)},
	}
	_, err = p.Write(make([]byte, packHeader))
	return p, err
}

// Write appends to the file.
func (p *packer) Write(b []byte) (int, error) {
	if p.offset+int64(len(b)) > p.limit {
		return 0, tooLarge("the repository has more than %d MiB", p.limit>>20)
	}
	n, err := p.file.WriteAt(b, p.offset)
	p.offset += int64(n)
	return n, err
}

func tooLarge(format string, args ...any) *Error {
	return &Error{Kind: KindTooLarge, Problem: fmt.Sprintf(format, args...),
		Hint: "split the repository, or raise the agent's limits"}
}

// add writes an object unless it is there already.
func (p *packer) add(kind plumbing.ObjectType, data []byte) (plumbing.Hash, error) {
	h := plumbing.ComputeHash(kind, data)
	if _, ok := p.entries[h]; ok {
		return h, nil
	}
	start, crc := p.offset, crc32.NewIEEE()
	w := bufio.NewWriterSize(io.MultiWriter(p, crc), 8<<10)
	_, _ = w.Write(entryHeader(kind, int64(len(data))))
	p.zip.Reset(w)
	if _, err := p.zip.Write(data); err != nil {
		return h, err
	}
	if err := p.zip.Close(); err != nil {
		return h, err
	}
	if err := w.Flush(); err != nil {
		return h, err
	}
	p.entries[h] = start
	p.index.Add(h, uint64(start), crc.Sum32())
	return h, nil
}

func entryHeader(kind plumbing.ObjectType, size int64) []byte {
	b := []byte{byte(kind)<<4 | byte(size&15)}
	for size >>= 4; size > 0; size >>= 7 {
		b[len(b)-1] |= 0x80
		b = append(b, byte(size&0x7f))
	}
	return b
}

// read returns an object that add has written.
func (p *packer) read(h plumbing.Hash) (object, bool, error) {
	offset, ok := p.entries[h]
	if !ok {
		return object{}, false, nil
	}
	o, err := p.reader.read(p.file, offset, p.offset, false)
	return o, true, err
}

// finish completes the pack and its index, gives them their names and returns
// the pack open.
func (p *packer) finish() (*pack, error) {
	defer p.abort()
	sum, err := p.seal()
	if err != nil {
		return nil, err
	}
	idx, err := p.index.Index()
	if err != nil {
		return nil, err
	}
	base := filepath.Join(p.folder, "pack-"+sum.String())
	err = writeFile(base+".idx", func(w io.Writer) error {
		_, err := idxfile.NewEncoder(w).Encode(idx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := os.Rename(p.file.Name(), base+".pack"); err != nil {
		return nil, fmt.Errorf("mirror: %w", err)
	}
	index, err := compactIndex(idx)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(base + ".pack")
	if err != nil {
		return nil, fmt.Errorf("mirror: %w", err)
	}
	return &pack{path: base + ".pack", file: file, size: p.offset, index: index}, nil
}

// seal writes the header, which names the number of objects, and the checksum
// over everything.
func (p *packer) seal() (plumbing.Hash, error) {
	header := append([]byte("PACK"), 0, 0, 0, 2)
	header = binary.BigEndian.AppendUint32(header, uint32(len(p.entries)))
	if _, err := p.file.WriteAt(header, 0); err != nil {
		return plumbing.ZeroHash, err
	}
	h := sha1.New()
	if _, err := io.Copy(h, io.NewSectionReader(p.file, 0, p.offset)); err != nil {
		return plumbing.ZeroHash, err
	}
	sum := plumbing.Hash(h.Sum(nil))
	if _, err := p.file.WriteAt(sum[:], p.offset); err != nil {
		return plumbing.ZeroHash, err
	}
	return sum, p.index.OnFooter(sum)
}

// abort removes what was written; after finish it only closes the file.
func (p *packer) abort() {
	_ = p.file.Close()
	_ = os.Remove(p.file.Name())
}
