package heal

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
)

// TestDue: only a cluster of which all is well, and that could go up, does.
func TestDue(t *testing.T) {
	whole := cluster(3, nil, "1,2,3")
	short := cluster(3, nil, "1,2,3")
	short.Partitions[0].InSync = []int32{1, 2}
	for name, test := range map[string]struct {
		seen           admin.Observation
		used, possible int16
		want           string
	}{
		"up":              {whole, 25, 27, "27"},
		"as it is":        {whole, 27, 27, "0"},
		"never down":      {whole, 27, 25, "0"},
		"a broker gone":   {cluster(4, []int32{4}, "1,2,3"), 25, 27, "1 brokers are gone"},
		"replicas behind": {short, 25, 27, "1 partitions are short"},
	} {
		level, err := due(test.seen, admin.Release{Used: test.used, Possible: test.possible})
		got := fmt.Sprint(level)
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
