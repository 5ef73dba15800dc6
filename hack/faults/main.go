// Command faults breaks simulated nodes and pods on a control plane under the
// agent's eyes, and writes what happened, and when, to docs/faults.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spotguide/spotguide/hack/rig"
)

type options struct {
	nodes, apps, replicas int
	dir, out              string
	only                  []string
}

func main() {
	var o options
	flag.IntVar(&o.nodes, "nodes", 500, "simulated nodes, in three zones")
	flag.IntVar(&o.apps, "apps", 1000, "applications, each in a namespace of its own")
	flag.IntVar(&o.replicas, "replicas", 10, "pods of each application")
	flag.StringVar(&o.dir, "dir", ".cluster/faults", "folder for everything that is made")
	flag.StringVar(&o.out, "out", "docs/faults.md", "file that gets the timelines; - for none")
	only := flag.String("only", "", "faults to try, comma-separated: "+strings.Join(names(), ", "))
	flag.Parse()
	o.only = strings.FieldsFunc(*only, func(r rune) bool { return r == ',' })
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

func names() (all []string) {
	for _, f := range faults {
		all = append(all, f.name)
	}
	return all
}

func run(ctx context.Context, o options) (err error) {
	for _, name := range o.only {
		if !slices.Contains(names(), name) {
			return fmt.Errorf("-only: %q is none of %s", name, strings.Join(names(), ", "))
		}
	}
	fmt.Printf("%d nodes, %d applications of %d pods\n", o.nodes, o.apps, o.replicas)
	r, err := rig.New(ctx, o.dir, fmt.Sprintf("simulated:%d", o.nodes))
	if r != nil {
		defer func() { err = errors.Join(err, r.Close()) }()
	}
	if err != nil {
		return err
	}
	s, err := newScene(ctx, r, o)
	if err != nil {
		return err
	}
	defer s.end()
	var told []timeline
	var failed []error
	for _, f := range faults {
		if len(o.only) > 0 && !slices.Contains(o.only, f.name) {
			continue
		}
		t := s.play(ctx, f)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if t.failed != nil {
			failed = append(failed, fmt.Errorf("%s: %w", f.name, t.failed))
		}
		told = append(told, t)
	}
	if o.out != "-" {
		failed = append(failed, write(o, told))
	}
	return errors.Join(failed...)
}
