// Command bench measures the agent against a floor on one embedded control
// plane, in one run, and writes the table in docs/benchmarks.md.
//
// An application is a Deployment with 0 replicas, a ServiceAccount, a Service
// and an Ingress in a namespace of its own; all applications lie in one
// repository. The floor is a program that server-side-applies the same changed
// objects straight from memory with 16 workers, in namespaces of its own.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

func main() {
	sizes := flag.String("n", "100,500,1000", "numbers of applications, comma-separated")
	out := flag.String("out", "docs/benchmarks.md", "file that gets the table; - for none")
	rounds := flag.Int("rounds", 5, "rounds of each measurement; the median counts")
	dir := flag.String("dir", ".cluster/bench", "folder for everything that the benchmark makes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *sizes, *out, *dir, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, sizes, out, dir string, rounds int) error {
	var reports []report
	for word := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 || n > 9999 {
			return fmt.Errorf("-n: %q is not a number of applications", word)
		}
		r, err := measure(ctx, dir, n, rounds)
		if err != nil {
			return fmt.Errorf("%d applications: %w", n, err)
		}
		reports = append(reports, r)
	}
	l, err := look(rounds)
	if err != nil {
		return fmt.Errorf("health loop: %w", err)
	}
	fmt.Printf("\n%s\n%s\n", table(reports), l)
	if out == "-" {
		return nil
	}
	return write(out, reports, l)
}

// measure makes a cluster, measures and takes the cluster away again.
func measure(ctx context.Context, dir string, n, rounds int) (r report, err error) {
	fmt.Printf("%d applications\n", n)
	f, err := newField(ctx, dir, n)
	if f != nil {
		defer func() {
			if e := f.Close(); err == nil {
				err = e
			}
		}()
	}
	if err != nil {
		return report{}, err
	}
	r = report{n: n}
	for _, step := range []func(context.Context, *report, int) error{
		f.firstDeploy, f.changeAll, f.changeOne, f.changeNothing, f.foreignEdits, f.weigh,
	} {
		if err := step(ctx, &r, rounds); err != nil {
			return r, err
		}
	}
	return r, nil
}
