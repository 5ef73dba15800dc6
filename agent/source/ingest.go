package source

import (
	"bytes"
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
