package source

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

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
