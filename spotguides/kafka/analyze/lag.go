package analyze

import (
	"context"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

var _ guide.Queue = Analyzer{}

// Lag implements guide.Queue. For how long records wait is reckoned from when the ends
// of partitions were seen to be where; no record is read.
func (z Analyzer) Lag(ctx context.Context, a guide.Analyzed, group, topic string) (guide.Lag, error) {
	client, err := open(ctx, a)
	if err != nil {
		return guide.Lag{}, err
	}
	defer client.Close()
	consumed, partitions, err := client.Consumed(ctx, group, topic)
	if err != nil {
		return guide.Lag{}, err
	}
	lag := guide.Lag{Partitions: partitions}
	for _, p := range consumed {
		lag.Records += p.Lag()
	}
	lag.Waits = z.tides.waits(time.Now(), application{a.Namespace, a.Application}, consumed)
	return lag, nil
}
