package admin

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// A packed plan is gzipped JSON in pieces; each begins with the checksum of the
// whole, its number and how many there are, so that pieces of two plans are
// never put together.
const (
	pieceHead   = 12
	maxUnpacked = 256 << 20
)

// PieceSize is one that fits into a ConfigMap, with room for what else is in it.
const PieceSize = 900 << 10

// packed is a plan with its moves told by topic, as numbers: that is a tenth of
// their size. Of each move that is partition, source, bytes, whether it is urgent,
// and the brokers before and after, how many there are before them.
type packed struct {
	plan.Plan
	Batches []map[string][]byte `json:"moves"`
}

// PackPlan writes a plan down in pieces of at most size bytes.
func PackPlan(whole plan.Plan, size int) ([][]byte, error) {
	if size <= pieceHead {
		return nil, fmt.Errorf("pieces of %d bytes hold nothing", size)
	}
	p := packed{Plan: whole}
	for _, b := range whole.Batches {
		moves := map[string][]byte{}
		for _, m := range b.Moves {
			moves[m.Topic] = appendMove(moves[m.Topic], m)
		}
		p.Batches = append(p.Batches, moves)
	}
	p.Plan.Batches = nil
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	err := json.NewEncoder(zip).Encode(p)
	if err == nil {
		err = zip.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("pack a plan: %w", err)
	}
	var pieces [][]byte
	sum := crc32.ChecksumIEEE(out.Bytes())
	chunks := slices.Collect(slices.Chunk(out.Bytes(), size-pieceHead))
	for i, chunk := range chunks {
		head := binary.BigEndian.AppendUint32(nil, sum)
		head = binary.BigEndian.AppendUint32(head, uint32(i))
		head = binary.BigEndian.AppendUint32(head, uint32(len(chunks)))
		pieces = append(pieces, append(head, chunk...))
	}
	return pieces, nil
}

// UnpackPlan reads a plan that PackPlan wrote down. The moves of a batch are
// sorted by topic then.
func UnpackPlan(pieces [][]byte) (plan.Plan, error) {
	var whole []byte
	for i, piece := range pieces {
		if len(piece) < pieceHead {
			return plan.Plan{}, fmt.Errorf("piece %d of %d is cut off", i+1, len(pieces))
		}
		if n, of := binary.BigEndian.Uint32(piece[4:]), binary.BigEndian.Uint32(piece[8:]); int(n) != i || int(of) != len(pieces) {
			return plan.Plan{}, fmt.Errorf("piece %d of %d says that it is %d of %d", i+1, len(pieces), uint64(n)+1, of)
		}
		if !bytes.Equal(piece[:4], pieces[0][:4]) {
			return plan.Plan{}, fmt.Errorf("piece %d of %d is another plan's", i+1, len(pieces))
		}
		whole = append(whole, piece[pieceHead:]...)
	}
	if len(pieces) == 0 || crc32.ChecksumIEEE(whole) != binary.BigEndian.Uint32(pieces[0]) {
		return plan.Plan{}, errors.New("the checksum is wrong: some of it was changed or is missing")
	}
	zip, err := gzip.NewReader(bytes.NewReader(whole))
	if err != nil {
		return plan.Plan{}, err
	}
	var p packed
	if err := json.NewDecoder(io.LimitReader(zip, maxUnpacked)).Decode(&p); err != nil {
		return plan.Plan{}, fmt.Errorf("a packed plan: %w", err)
	}
	return p.unpack()
}

func (p packed) unpack() (plan.Plan, error) {
	one := p.Plan
	one.Batches = []plan.Batch{}
	for _, topics := range p.Batches {
		b := plan.Batch{}
		for topic, moves := range topics {
			for len(moves) > 0 {
				m, rest, err := cutMove(topic, moves)
				if err != nil {
					return plan.Plan{}, err
				}
				b.Moves, moves = append(b.Moves, m), rest
			}
		}
		slices.SortFunc(b.Moves, func(x, y plan.Move) int { return x.Compare(y.ID) })
		one.Batches = append(one.Batches, b)
	}
	return one, nil
}

func appendMove(to []byte, m plan.Move) []byte {
	urgent := int64(0)
	if m.Urgent {
		urgent = 1
	}
	for _, n := range []int64{int64(m.Partition), int64(m.Source), m.Bytes, urgent} {
		to = binary.AppendVarint(to, n)
	}
	for _, brokers := range [][]int32{m.From, m.To} {
		to = binary.AppendVarint(to, int64(len(brokers)))
		for _, id := range brokers {
			to = binary.AppendVarint(to, int64(id))
		}
	}
	return to
}

// cutMove is the first of moves, and those after it.
func cutMove(topic string, moves []byte) (plan.Move, []byte, error) {
	cut := false
	next := func() int64 {
		n, size := binary.Varint(moves)
		if size <= 0 {
			cut, moves = true, nil
			return 0
		}
		moves = moves[size:]
		return n
	}
	m := plan.Move{ID: plan.ID{Topic: topic, Partition: int32(next())}, Source: int32(next()), Bytes: next(), Urgent: next() == 1}
	for _, brokers := range []*[]int32{&m.From, &m.To} {
		for range min(max(0, next()), int64(len(moves))) {
			*brokers = append(*brokers, int32(next()))
		}
	}
	if cut || len(m.From) == 0 || len(m.To) == 0 {
		return m, nil, fmt.Errorf("a move of topic %s is cut off", topic)
	}
	return m, moves, nil
}
