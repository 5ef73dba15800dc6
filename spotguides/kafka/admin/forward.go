package admin

import (
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// forwarded makes requests that any broker hands on to the controllers. The
// library takes one broker for the controller and asks it until it is told of
// another one, also when it does not answer.
type forwarded struct{ client *kgo.Client }

// Request asks the brokers that are known in turn until one answers.
func (f forwarded) Request(ctx context.Context, request kmsg.Request) (kmsg.Response, error) {
	for _, broker := range f.client.DiscoveredBrokers() {
		answer, err := broker.Request(ctx, request)
		if err == nil || errors.As(err, new(*kerr.Error)) || ctx.Err() != nil {
			return answer, err
		}
	}
	// With its retries: idle connections may all have been closed.
	return f.client.Request(ctx, request)
}
