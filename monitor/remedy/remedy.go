package remedy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/monitor/sla"
)

// FieldManager owns what remedies write.
const FieldManager = "spotguide-monitor"

// timeout bounds one remedy. A disruption budget may make the API server ask to
// come back later, for longer than anybody should wait for it.
const timeout = 15 * time.Second

// Config says what a Carrier cannot do by itself.
type Config struct {
	// Rollback makes the agent apply the action's revision. Without it a
	// rollback is an error.
	Rollback func(context.Context, sla.Action) error
	// Operate begins an operation of the guide's analyzer and tells so. Without it
	// an operate is an error.
	Operate func(context.Context, sla.Action) (string, error)
}

// Carrier carries actions out. Safe for concurrent use.
type Carrier struct {
	client kubernetes.Interface
	config Config
}

// New makes a Carrier that acts with what client may do.
func New(client kubernetes.Interface, config Config) *Carrier {
	return &Carrier{client: client, config: config}
}

// Carry carries an action out and tells what was done, or why nothing had to be;
// nothing is done for a dry run. An error names the object and means that nothing
// has changed.
func (c *Carrier) Carry(ctx context.Context, a sla.Action) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	message, err := c.carry(ctx, a)
	if err != nil {
		return "", fmt.Errorf("%s %s %s/%s: %w", a.What(), a.Target.Kind, a.Target.Namespace, a.Target.Name, err)
	}
	return message, nil
}

func (c *Carrier) carry(ctx context.Context, a sla.Action) (string, error) {
	switch {
	case a.DryRun:
		return "dry run: nothing was done", nil
	case a.Kind == sla.Notify:
		return "", nil
	case a.Kind == sla.Restart:
		return c.restart(ctx, a.Target)
	case a.Kind == sla.Reschedule:
		return c.reschedule(ctx, a.Target)
	case a.Kind == sla.Rebalance:
		return c.rebalance(ctx, a.Target)
	case a.Kind == sla.Expand:
		return c.expand(ctx, a)
	case a.Kind == sla.Free:
		return c.free(ctx, a)
	case a.Kind == sla.Scale:
		return c.scale(ctx, a)
	case a.Kind == sla.Operate && c.config.Operate != nil:
		return c.config.Operate(ctx, a)
	case a.Kind == sla.Rollback && c.config.Rollback != nil:
		return "rolled back to " + a.Revision, c.config.Rollback(ctx, a)
	}
	return "", errors.ErrUnsupported
}
