package heal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
	"github.com/spotguide/spotguide/spotguides/kafka/reassign"
)

// The books of an operation. The first three are for people, who may take the files
// to `spotguide kafka run` or to Kafka's own tool.
const (
	fileBook     = "reassignment.json"
	rollbackBook = "rollback.json"
	summaryBook  = "summary"
	planBook     = "plan"
	progressBook = "progress"
)

// save writes a plan and how far it has got down.
func (op Operator) save(ctx context.Context, s admin.State) error {
	pieces, err := admin.PackPlan(s.Plan, admin.PieceSize)
	if err != nil {
		return err
	}
	if len(pieces) > 1 {
		return errors.New("the plan is too large to be written down")
	}
	progress, err := json.Marshal(s.Progress)
	if err != nil {
		return err
	}
	var file, back bytes.Buffer
	if err := errors.Join(reassign.Format(&file, s.Plan.Assignments()), reassign.Format(&back, s.Plan.Rollback())); err != nil {
		return err
	}
	return op.Write(ctx, map[string][]byte{
		planBook: pieces[0], progressBook: progress, fileBook: file.Bytes(), rollbackBook: back.Bytes(),
		summaryBook: []byte(summary(op.Operation, s)),
	})
}

// load reads them.
func (op Operator) load() (*admin.State, error) {
	packed, is := op.Books[planBook]
	if !is {
		return nil, errors.New("there is none")
	}
	whole, err := admin.UnpackPlan([][]byte{packed})
	if err != nil {
		return nil, err
	}
	s := admin.State{Plan: whole}
	return &s, json.Unmarshal(op.Books[progressBook], &s.Progress)
}

func empty(p plan.Plan) bool { return len(p.Batches)+len(p.Elections) == 0 }

// describe tells a plan in a line.
func describe(p plan.Plan) string {
	return fmt.Sprintf("%d partitions change, %d replicas of %d MiB in all are copied, %d leaders elected%s",
		p.Cost.Partitions, p.Cost.Replicas, (p.Cost.Bytes+1<<20-1)>>20, len(p.Elections), problems(p))
}

// summary tells a plan to a person who is to approve of it.
func summary(operation string, s admin.State) string {
	var text strings.Builder
	p := s.Plan
	fmt.Fprintf(&text, "%s: %s\n", operation, describe(p))
	for _, row := range []struct {
		name          string
		before, after plan.Spread
	}{{"replicas", p.Before.Replicas, p.After.Replicas}, {"bytes", p.Before.Bytes, p.After.Bytes}, {"leaders", p.Before.Leaders, p.After.Leaders}} {
		fmt.Fprintf(&text, "%s on a broker: %d to %d before, %d to %d after\n", row.name, row.before.Min, row.before.Max, row.after.Min, row.after.Max)
	}
	fmt.Fprintf(&text, "%s, batch %d of %d\n", s.Phase, min(s.Batch+1, len(p.Batches)), len(p.Batches))
	return text.String()
}

// standing tells how far a plan has got.
func standing(s admin.State, err error) string {
	text := fmt.Sprintf("%s, batch %d of %d, %d partitions to go", s.Phase, min(s.Batch+1, len(s.Plan.Batches)), len(s.Plan.Batches), s.Left+s.Underway)
	if err != nil {
		text += ": " + err.Error()
	}
	return text
}

// outcome tells what came of a plan.
func outcome(s admin.State) string {
	text := fmt.Sprintf("%d partitions moved, %d leaders elected", s.Plan.Cost.Partitions, len(s.Plan.Elections))
	if s.Phase == admin.Cancelled {
		text = "given up, since a broker that it needed has gone"
	}
	if n := len(s.Skipped); n > 0 {
		first := s.Skipped[0]
		text += fmt.Sprintf("; %d left as they were, the first: %s-%d: %s", n, first.Topic, first.Partition, first.Reason)
	}
	return text + problems(s.Plan)
}
