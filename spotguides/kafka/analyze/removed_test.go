package analyze

import (
	"testing"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
)

// TestRemoved: forgotten at once is only what is not to come back and holds nothing.
func TestRemoved(t *testing.T) {
	seen := admin.Observation{
		Brokers:    []admin.Broker{{ID: 0}, {ID: 1, Fenced: true}, {ID: 2}, {ID: 3, Fenced: true}, {ID: 4, Fenced: true}, {ID: 5}},
		Partitions: []admin.Partition{{Replicas: []int32{0, 3}}},
	}
	for brokers, want := range map[int32]float64{0: 2, 3: 1, 4: 1, 5: 0} {
		if got := removed(seen, brokers); got != want {
			t.Errorf("of %d: %v, want %v", brokers, got, want)
		}
	}
}
