package heal

import (
	"context"
	"fmt"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
)

// due is the level that metadata.version is to be raised to, once all is well; 0 where
// it is as high as it can be.
func due(o admin.Observation, r admin.Release) (int16, error) {
	if gone := len(o.Brokers) - len(alive(o)); gone > 0 {
		return 0, fmt.Errorf("%d brokers are gone: nobody knows whether they could come back", gone)
	}
	if n := len(o.Health().UnderReplicated); n > 0 {
		return 0, fmt.Errorf("%d partitions are short of replicas: nothing is finalized before they have them", n)
	}
	if r.Possible <= r.Used {
		return 0, nil
	}
	return r.Possible, nil
}

// level looks at what there is to finalize.
func (op Operator) level(ctx context.Context) (admin.Release, int16, error) {
	seen, err := op.observe(ctx)
	if err != nil {
		return admin.Release{}, 0, err
	}
	r, err := op.Client.Release(ctx, seen.Brokers)
	if err != nil {
		return r, 0, err
	}
	level, err := due(seen, r)
	if err == nil && level > 0 {
		err = op.Client.Finalize(ctx, level, true) // controllers are heard, too
	}
	return r, level, err
}

// proposeFinal writes down what finalize would do.
func (op Operator) proposeFinal(ctx context.Context) (string, error) {
	r, level, err := op.level(ctx)
	if err != nil || level == 0 {
		return "", err
	}
	text := final(r.Used, level)
	return text, op.Write(ctx, map[string][]byte{summaryBook: []byte(text + "\n")})
}

func final(from, to int16) string {
	return fmt.Sprintf("metadata.version goes from %d to %d: nodes cannot go back to an earlier release then", from, to)
}

// finalize raises metadata.version to what all nodes support. What a person has
// approved of is done, or nothing.
func (op Operator) finalize(ctx context.Context) (string, error) {
	r, level, err := op.level(ctx)
	if err != nil {
		return "", err
	}
	if level == 0 {
		return "there was nothing to do", nil
	}
	text := final(r.Used, level)
	if approved := string(op.Books[summaryBook]); op.Approved && approved != text+"\n" {
		return "", fmt.Errorf("approved was %q, and now %q: that has to be approved of", approved, text)
	}
	if err := op.Client.Finalize(ctx, level, false); err != nil {
		return "", err
	}
	return fmt.Sprintf("metadata.version is %d now, and was %d", level, r.Used), nil
}
