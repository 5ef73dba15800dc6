package guide

import (
	"context"
	"errors"
	"net"
	"time"
)

// Analyzer looks at applications of one guide by their own protocol, where
// monitor.yaml's sources do not suffice. It is safe for concurrent use and
// changes nothing.
type Analyzer interface {
	// Analyze returns figures by the names under which rules read them
	// (metrics.NAME). What it cannot tell is not there: it is not known then.
	Analyze(ctx context.Context, a Analyzed) (map[string]float64, error)
}

// Queue is an Analyzer of what other applications consume from.
type Queue interface {
	Analyzer
	// Lag tells how far a group of consumers is behind in a topic, or in all that it
	// reads where none is named.
	Lag(ctx context.Context, a Analyzed, group, topic string) (Lag, error)
}

// Lag is how far a group of consumers is behind.
type Lag struct {
	Records int64
	// Waits is for how long the oldest record has been there that was not consumed;
	// negative where that is not known yet.
	Waits time.Duration
	// Partitions are how many consumers the group can make use of.
	Partitions int
}

// Analyzed is an application as an Analyzer gets at it: by its own pods and by
// the Secrets of its own namespace, and by nothing else.
type Analyzed struct {
	Namespace, Application string
	// Pods are the names of those that run and have an address.
	Pods []string
	// Leaving are those that are to go once they are not needed any more.
	Leaving []string
	// Replicas are how many pods its workloads are to have, by the workload's name.
	Replicas map[string]int32
	// Dial connects to one of the Pods.
	Dial func(ctx context.Context, pod, port string) (net.Conn, error)
	// Secret reads one of the namespace's. What is in it must not get into an
	// error or a log.
	Secret func(ctx context.Context, name string) (map[string][]byte, error)
}

// Operator is an Analyzer that can also mend what it sees: rules ask for its
// operations by the action operate. Operations may take hours; they run beside the
// health loop, one an application at a time. It is safe for concurrent use.
type Operator interface {
	Analyzer
	// Propose writes down what an operation would do, for a person to look at, and
	// does none of it. It tells it in a line, "" where there is nothing to do.
	Propose(ctx context.Context, o Operated) (string, error)
	// Operate does it, or goes on with it where the books say that it was left, and
	// returns what came of it once it is done. When ctx ends it stops at once, to be
	// taken up again; when it ends because of ErrCancelled, it first leaves nothing
	// half done.
	Operate(ctx context.Context, o Operated) (string, error)
}

// ErrCancelled is the cause of an end of an operation's context that a person has
// asked for.
var ErrCancelled = errors.New("cancelled")

// Operated is an application as an Operator gets at it.
type Operated struct {
	Analyzed
	Operation string
	// Resumed: the operation was begun before, by another agent perhaps. Approved: a
	// person has approved of what Propose has written into the books, and of nothing
	// else.
	Resumed, Approved bool
	// Books are what the operation has to find again, and what people may look at,
	// by name. Write replaces them; all together must stay below a megabyte.
	Books map[string][]byte
	Write func(ctx context.Context, books map[string][]byte) error
	// Tell says how far it has got.
	Tell func(progress string)
}
