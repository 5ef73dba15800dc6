package observe

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// lagsOf are the sources that others are asked for.
func lagsOf(sources []guide.MetricSource) (lags []guide.MetricSource) {
	for _, s := range sources {
		if s.Kafka != nil {
			lags = append(lags, s)
		}
	}
	return lags
}

// behind asks how far an application is behind as a consumer of others. What one of
// them does not tell is missing, and in the error.
func (a *Analysts) behind(ctx context.Context, one analyzed) (map[string]float64, error) {
	figures := map[string]float64{}
	var problems []error
	for _, source := range one.lags {
		lag, err := a.lag(ctx, one.namespace, *source.Kafka)
		if err != nil {
			problems = append(problems, fmt.Errorf("source %s: group %s of %s: %w", source.Name, source.Kafka.Group, source.Kafka.Cluster, err))
			continue
		}
		figures[source.Name], figures[source.Name+guide.LagPartitions] = float64(lag.Records), float64(lag.Partitions)
		if lag.Waits >= 0 {
			figures[source.Name+guide.LagSeconds] = lag.Waits.Seconds()
		}
	}
	return figures, errors.Join(problems...)
}

// lag asks the cluster that a source names, if the namespace may know.
func (a *Analysts) lag(ctx context.Context, namespace string, source guide.KafkaLag) (guide.Lag, error) {
	var of applicationKey
	of.namespace, of.application = source.Of(namespace)
	a.mu.Lock()
	one := a.analyzed[of]
	var now analyzed
	if one != nil {
		now = *one
	}
	a.mu.Unlock()
	if of.namespace != namespace && (one == nil || !admits(now.consumers, namespace)) {
		// Whether there is one is not told either.
		return guide.Lag{}, fmt.Errorf("namespace %s does not let namespace %s know: its annotation spotguide.dev/consumers says who may", of.namespace, namespace)
	}
	queue, is := now.analyzer.(guide.Queue)
	if !is {
		return guide.Lag{}, fmt.Errorf("namespace %s has no application %s of the guide kafka that the agent looks after", of.namespace, of.application)
	}
	way, err := a.wayTo(now)
	if err != nil {
		return guide.Lag{}, err
	}
	return queue.Lag(ctx, way, source.Group, source.Topic)
}

// admits tells whether a list of patterns names a namespace.
func admits(patterns, namespace string) bool {
	for pattern := range strings.SplitSeq(patterns, ",") {
		if matched, err := path.Match(pattern, namespace); err == nil && matched {
			return true
		}
	}
	return false
}
