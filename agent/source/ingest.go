package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

// errBase says that a delta stands on an object that neither the pack nor the
// mirror has.
var errBase = errors.New("the pack builds on an object that is not there")

// ingest unpacks a pack from a server into a packer while it streams in. Blobs
// over maxFile bytes are left out.
type ingest struct {
	have       *objects // what the mirror holds already; deltas may build on it
	out        *packer
	maxFile    int64
	maxObjects int

	at       map[int64]plumbing.Hash // by offset; zero when left out
	left     map[plumbing.Hash]bool  // left out, as far as their hashes are known
	nameless bool                    // something was left out whose hash is not known
	pending  []delta                 // whose bases come later
	waiting  int64                   // bytes in pending
}

// delta is an object told by its difference from another one.
type delta struct {
	offset     int64
	baseOffset int64         // in the same pack; 0 when base says it
	base       plumbing.Hash // zero when baseOffset says it
	change     []byte
}

func (in *ingest) run(r io.Reader) error {
	in.at, in.left = map[int64]plumbing.Hash{}, map[plumbing.Hash]bool{}
	s := packfile.NewScanner(r)
	_, n, err := s.Header()
	if err != nil {
		return protocolError("the pack", err)
	}
	if int64(n) > int64(in.maxObjects) {
		return tooLarge("the repository has %d objects, %d are allowed", n, in.maxObjects)
	}
	for range n {
		if err := in.next(s); err != nil {
			return protocolError("the pack", err)
		}
	}
	if _, err := s.Checksum(); err != nil {
		return protocolError("the pack", err)
	}
	return in.settle()
}

// next takes in one object of the stream.
func (in *ingest) next(s *packfile.Scanner) error {
	h, err := s.NextObjectHeader()
	if err != nil {
		return err
	}
	switch h.Type {
	case plumbing.OFSDeltaObject, plumbing.REFDeltaObject:
		return in.delta(s, h)
	case plumbing.BlobObject, plumbing.TreeObject, plumbing.CommitObject, plumbing.TagObject:
		return in.whole(s, h)
	}
	return fmt.Errorf("%w: object type %d", packfile.ErrMalformedPackFile, h.Type)
}

func (in *ingest) whole(s *packfile.Scanner, h *packfile.ObjectHeader) error {
	if h.Length > in.maxFile {
		if h.Type != plumbing.BlobObject {
			return tooLarge("a %s of %d bytes; %d are allowed", h.Type, h.Length, in.maxFile)
		}
		hasher := plumbing.NewHasher(h.Type, h.Length)
		if _, _, err := s.NextObject(hasher); err != nil {
			return err
		}
		in.at[h.Offset] = plumbing.ZeroHash
		in.left[hasher.Sum()] = true
		return nil
	}
	data, err := content(s, h)
	if err != nil {
		return err
	}
	in.at[h.Offset], err = in.out.add(h.Type, data)
	return err
}

// content inflates an object, which must have the length it says.
func content(s *packfile.Scanner, h *packfile.ObjectHeader) ([]byte, error) {
	var buf bytes.Buffer
	buf.Grow(int(min(h.Length, 1<<20)))
	if n, _, err := s.NextObject(&buf); err != nil {
		return nil, err
	} else if n != h.Length {
		return nil, fmt.Errorf("%w: an object is shorter than it says", packfile.ErrMalformedPackFile)
	}
	return buf.Bytes(), nil
}

func (in *ingest) delta(s *packfile.Scanner, h *packfile.ObjectHeader) error {
	if h.Length > in.maxFile {
		in.leaveOut(h.Offset)
		_, _, err := s.NextObject(io.Discard)
		return err
	}
	change, err := content(s, h)
	if err != nil {
		return err
	}
	d := delta{h.Offset, h.OffsetReference, h.Reference, change}
	if err = in.resolve(d); !errors.Is(err, errBase) {
		return err
	}
	in.pending = append(in.pending, d)
	if in.waiting += h.Length; in.waiting > 4*in.maxFile {
		return tooLarge("the pack has its deltas before their bases")
	}
	return nil
}

// leaveOut notes that the object at an offset is too large to be kept.
func (in *ingest) leaveOut(offset int64) {
	in.at[offset] = plumbing.ZeroHash
	in.nameless = true
}

// resolve writes the object that a delta stands for; errBase when it stands on
// nothing known yet.
func (in *ingest) resolve(d delta) error {
	if d.baseOffset != 0 {
		h, ok := in.at[d.baseOffset]
		if !ok {
			return errBase
		}
		d.base = h
	}
	if d.base.IsZero() || in.left[d.base] {
		in.leaveOut(d.offset)
		return nil
	}
	base, err := in.find(d.base)
	if err != nil {
		return err
	}
	size, err := targetSize(d.change)
	if err != nil {
		return err
	}
	if size > uint64(in.maxFile) {
		in.leaveOut(d.offset)
		return nil
	}
	data, err := packfile.PatchDelta(base.data, d.change)
	if err != nil {
		return err
	}
	in.at[d.offset], err = in.out.add(base.kind, data)
	return err
}

func (in *ingest) find(h plumbing.Hash) (object, error) {
	if o, ok, err := in.out.read(h); ok || err != nil {
		return o, err
	}
	o, err := in.have.read(h)
	if errors.Is(err, errMissing) {
		return o, errBase
	}
	return o, err
}

// targetSize reads the size of what a delta makes, its second number.
func targetSize(change []byte) (uint64, error) {
	_, n := binary.Uvarint(change)
	if n <= 0 {
		return 0, fmt.Errorf("%w: a delta without sizes", packfile.ErrMalformedPackFile)
	}
	size, n := binary.Uvarint(change[n:])
	if n <= 0 {
		return 0, fmt.Errorf("%w: a delta without sizes", packfile.ErrMalformedPackFile)
	}
	return size, nil
}

// settle resolves the deltas whose bases came after them, as long as that gets
// anywhere. What is left then builds on what the mirror lacks or, in a pack that
// stands alone, on objects that were left out.
func (in *ingest) settle() error {
	for len(in.pending) > 0 {
		var rest []delta
		for _, d := range in.pending {
			if err := in.resolve(d); errors.Is(err, errBase) {
				rest = append(rest, d)
			} else if err != nil {
				return protocolError("the pack", err)
			}
		}
		if len(rest) == len(in.pending) {
			if in.nameless && in.have.empty() {
				return nil
			}
			return errBase
		}
		in.pending = rest
	}
	return nil
}
