package admin

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// manyMoves is a plan of that many moves between 200 brokers, with sizes that
// have nothing in common.
func manyMoves(count int) plan.Plan {
	random := rand.New(rand.NewPCG(1, 2))
	p := plan.Plan{Operation: plan.Drain, Batches: []plan.Batch{}, Elections: []plan.ID{at("led", 1)}, Problems: []plan.Problem{}, Cost: plan.Cost{Bytes: 7}}
	for i := range count {
		if i%1000 == 0 {
			p.Batches = append(p.Batches, plan.Batch{})
		}
		b := &p.Batches[len(p.Batches)-1]
		from := []int32{random.Int32N(200), 200 + random.Int32N(200), 400 + random.Int32N(200)}
		to := []int32{from[0], from[1], 600 + random.Int32N(200)}
		b.Moves = append(b.Moves, plan.Move{ID: at(fmt.Sprintf("topic-%04d", i/100), int32(i%100)), From: from, To: to, Source: from[0],
			Bytes: random.Int64N(1 << 36), Urgent: i%7 == 0})
	}
	return p
}

func TestPack(t *testing.T) {
	for _, size := range []int{100, 1000, PieceSize} {
		want := manyMoves(1200)
		pieces, err := PackPlan(want, size)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range pieces {
			if len(p) > size {
				t.Errorf("piece %d has %d bytes of at most %d", i, len(p), size)
			}
		}
		got, err := UnpackPlan(pieces)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	if _, err := PackPlan(manyMoves(1), 12); err == nil {
		t.Error("packed into nothing")
	}
}

// A ConfigMap holds a mebibyte.
func TestPackLargest(t *testing.T) {
	pieces, err := PackPlan(manyMoves(100_000), PieceSize)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, p := range pieces {
		total += len(p)
	}
	t.Logf("100,000 moves take %d KiB in %d pieces", total>>10, len(pieces))
	if len(pieces) > 3 {
		t.Errorf("100,000 moves take %d pieces", len(pieces))
	}
}

func TestUnpackForeign(t *testing.T) {
	one, err := PackPlan(manyMoves(500), 1000)
	if err != nil || len(one) < 3 {
		t.Fatal(err, len(one))
	}
	other, err := PackPlan(manyMoves(501), 1000)
	if err != nil {
		t.Fatal(err)
	}
	changed := append([]byte{}, one[1]...)
	changed[500] ^= 1
	replaced := func(at int, piece []byte) [][]byte {
		pieces := append([][]byte{}, one...)
		pieces[at] = piece
		return pieces
	}
	for want, pieces := range map[string][][]byte{
		"checksum":                  nil,
		"is cut off":                replaced(1, one[1][:5]),
		"says that it is":           replaced(1, one[2]),
		"another plan's":            replaced(1, append(append([]byte{}, other[1][:4]...), one[1][4:]...)),
		"the checksum is wrong":     replaced(1, changed),
		fmt.Sprint("of ", len(one)): one[:2],
	} {
		if _, err := UnpackPlan(pieces); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func FuzzUnpackPlan(f *testing.F) {
	pieces, err := PackPlan(manyMoves(3), PieceSize)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pieces[0])
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := UnpackPlan([][]byte{data}); err == nil {
			if _, err := PackPlan(s, PieceSize); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestMerge(t *testing.T) {
	list := func(text string) replicas { return parseReplicas(text) }
	tests := []struct{ name, now, before, ours, want, next string }{
		{"nothing there", "", "", "0:1,1:2", "0:1", "0:1"},
		{"somebody else's stay", "7:7", "7:7", "0:1,1:2", "0:1", "7:7,0:1"},
		{"the batch before goes", "7:7,0:1", "7:7", "0:1,1:2", "1:2", "7:7,1:2"},
		{"cleared", "7:7,1:2", "7:7", "0:1,1:2", "", "7:7"},
		{"what is both's stays", "0:1,1:2", "0:1", "0:1,1:2", "", "0:1"},
		{"what was added meanwhile stays", "0:1,9:9", "", "0:1", "", "9:9"},
		{"what was removed meanwhile stays away", "0:1", "7:7", "0:1", "", ""},
		{"all", "*", "*", "0:1", "0:1", "*"},
		{"not twice", "0:1", "0:1", "0:1", "0:1", "0:1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(list(test.next), merge(list(test.now), list(test.before), list(test.ours), list(test.want)), cmp.Transformer("text", func(r replicas) string { return strings.Join(r, ",") })); diff != "" {
				t.Error(diff)
			}
		})
	}
}
