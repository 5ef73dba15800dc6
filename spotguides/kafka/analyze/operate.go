package analyze

import (
	"context"
	"strconv"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/spotguides/kafka/heal"
)

var _ guide.Operator = Analyzer{}

// Propose implements guide.Operator.
func (Analyzer) Propose(ctx context.Context, o guide.Operated) (string, error) {
	client, err := open(ctx, o.Analyzed)
	if err != nil {
		return "", err
	}
	defer client.Close()
	return heal.Operator{Client: client, Leaving: leaving(o.Analyzed), Operated: o}.Propose(ctx)
}

// Operate implements guide.Operator.
func (Analyzer) Operate(ctx context.Context, o guide.Operated) (string, error) {
	client, err := open(ctx, o.Analyzed)
	if err != nil {
		return "", err
	}
	defer client.Close()
	return heal.Operator{Client: client, Leaving: leaving(o.Analyzed), Operated: o}.Operate(ctx)
}

// leaving are the brokers whose pods are to go: a broker's id is its pod's number.
func leaving(a guide.Analyzed) (ids []int32) {
	for _, pod := range a.Leaving {
		number, is := strings.CutPrefix(pod, a.Application+"-broker-")
		if id, err := strconv.ParseInt(number, 10, 32); is && err == nil {
			ids = append(ids, int32(id))
		}
	}
	return ids
}
