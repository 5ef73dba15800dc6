package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/overview"
)

// settle waits until every namespace that was asked has settled, telling what it
// waits for.
func (s syncCommand) settle(ctx context.Context, token string, asked map[string]bool) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	told := map[string]string{}
	var now []fleet.Namespace
	err := fleet.Watch(ctx, s.client, s.namespace, func(all []fleet.Namespace) (bool, error) {
		now = nil
		settled := true
		for _, n := range all {
			if !asked[n.Name] {
				continue
			}
			now = append(now, n)
			waits := overview.WaitsFor(n, token)
			settled = settled && waits == ""
			if waits != "" && told[n.Name] != waits {
				fmt.Fprintf(s.messages, "namespace %s: waiting for %s\n", n.Name, waits)
				told[n.Name] = waits
			}
		}
		return settled, nil
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return s.late(now, token)
	}
	if err != nil {
		return err
	}
	return s.verdict(now)
}

// late tells what is still waited for.
func (s syncCommand) late(now []fleet.Namespace, token string) error {
	var errs []error
	for _, n := range now {
		if waits := overview.WaitsFor(n, token); waits != "" {
			errs = append(errs, fmt.Errorf("namespace %s has not settled within %s: still waiting for %s", n.Name, s.timeout, waits))
		}
	}
	return errors.Join(errs...)
}

// verdict prints how each namespace is.
func (s syncCommand) verdict(now []fleet.Namespace) error {
	var errs []error
	for _, n := range now {
		if overview.Well(n) {
			fmt.Fprintf(s.out, "namespace %s: %s, %s\n", n.Name, overview.Short(n.Status.Revision), n.Status.Message)
			continue
		}
		errs = append(errs, fmt.Errorf("namespace %s: %s: %s\n%s", n.Name, n.Status.Phase, n.Status.Message, next(n)))
	}
	return errors.Join(errs...)
}

// next says what to do about what is worst in the namespace.
func next(n fleet.Namespace) string {
	worst, ok := overview.Worst(overview.Rows([]fleet.Namespace{n}))
	if !ok {
		return "More: spotguide status -n " + n.Name
	}
	text := fmt.Sprintf("More: spotguide status %s -n %s", worst.Name, n.Name)
	if advice := overview.Advice(n.Name, worst.Application); len(advice) > 0 {
		last := advice[len(advice)-1]
		text += fmt.Sprintf("\nNext: %s (%s)", last.Do, last.Effect)
	}
	return text
}
