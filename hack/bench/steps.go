package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// soaked is longer than the time after which a revision has proved itself.
const soaked = 40 * time.Second

// atOnce is how many changes fit into the half minute before the first of them is
// written down again.
const atOnce = 6

// patience bounds every wait.
const patience = 5 * time.Minute

// firstDeploy measures from the start of an agent that finds everything bound
// and pushed until every Deployment is there.
func (f *field) firstDeploy(ctx context.Context, r *report, _ int) error {
	f.version = 1
	for i := range f.n {
		if err := f.write(i, f.version); err != nil {
			return err
		}
	}
	if err := f.Push(ctx, "first"); err != nil {
		return err
	}
	for prefix, bound := range map[string]bool{"floor": false, "app": true} {
		if err := f.namespaces(ctx, prefix, bound); err != nil {
			return err
		}
	}
	began := time.Now()
	if err := f.floor(ctx, []string{serviceAccount, service, deployment, ingress}, f.version); err != nil {
		return err
	}
	r.firstFloor = time.Since(began)
	l, err := f.watchLive(ctx, "app-", f.n, f.version, patience)
	if err != nil {
		return err
	}
	began = time.Now()
	if err := f.StartAgent(ctx); err != nil {
		return err
	}
	at, err := l.wait()
	if err != nil {
		return err
	}
	r.first = at.Sub(began)
	fmt.Printf("  first deploy          %8s (floor %s)\n", round(r.first), round(r.firstFloor))
	return f.quiet(ctx)
}

// changeAll measures a push that changes every application, against the floor.
func (f *field) changeAll(ctx context.Context, r *report, rounds int) error {
	for range rounds {
		f.version++
		l, err := f.watchLive(ctx, "floor-", f.n, f.version, patience)
		if err != nil {
			return err
		}
		began := time.Now()
		if err := f.floor(ctx, []string{deployment}, f.version); err != nil {
			return err
		}
		at, err := l.wait()
		if err != nil {
			return err
		}
		r.allFloor = append(r.allFloor, at.Sub(began))
		if err := f.quiet(ctx); err != nil {
			return err
		}
		for i := range f.n {
			if err := f.write(i, f.version); err != nil {
				return err
			}
		}
		if err := f.Push(ctx, "change all"); err != nil {
			return err
		}
		if l, err = f.watchLive(ctx, "app-", f.n, f.version, patience); err != nil {
			return err
		}
		began = time.Now()
		if err := f.Nudge(ctx); err != nil {
			return err
		}
		if at, err = l.wait(); err != nil {
			return err
		}
		r.all = append(r.all, at.Sub(began))
		fmt.Printf("  every one changed     %8s (floor %s)\n", round(r.all[len(r.all)-1]), round(r.allFloor[len(r.allFloor)-1]))
		if err := f.quiet(ctx); err != nil {
			return err
		}
	}
	return nil
}

// changeOne measures pushes that change one application each, and counts the
// agent's requests for one. A revision that has stayed healthy for half a minute
// is written down once more, as the one to go back to: all changes are made before
// that begins, and their share of it is counted with each.
func (f *field) changeOne(ctx context.Context, r *report, rounds int) error {
	if err := f.quietFor(ctx, soaked); err != nil {
		return err
	}
	changes := min(3*rounds, atOnce)
	for round := range changes {
		f.version++
		if err := f.write(round%f.n, f.version); err != nil {
			return err
		}
		if err := f.Push(ctx, "change one"); err != nil {
			return err
		}
		before, err := f.requests(ctx)
		if err != nil {
			return err
		}
		l, err := f.watchLive(ctx, "app-", 1, f.version, patience)
		if err != nil {
			return err
		}
		began := time.Now()
		if err := f.Nudge(ctx); err != nil {
			return err
		}
		at, err := l.wait()
		if err != nil {
			return err
		}
		if err := f.quiet(ctx); err != nil {
			return err
		}
		after, err := f.requests(ctx)
		if err != nil {
			return err
		}
		r.one = append(r.one, at.Sub(began))
		r.oneRequests = append(r.oneRequests, after-before)
	}
	later, err := f.requests(ctx)
	if err != nil {
		return err
	}
	if err := f.quietFor(ctx, soaked); err != nil {
		return err
	}
	end, err := f.requests(ctx)
	if err != nil {
		return err
	}
	share := (end - later + changes - 1) / changes
	for i := range r.oneRequests {
		r.oneRequests[i] += share
	}
	fmt.Printf("  one changed           %8s, %d requests\n", round(median(r.one)), slices.Max(r.oneRequests))
	return nil
}

// changeNothing pushes a commit that touches no application.
func (f *field) changeNothing(ctx context.Context, r *report, _ int) error {
	before, err := f.requests(ctx)
	if err != nil {
		return err
	}
	if err := f.Push(ctx, "nothing"); err != nil {
		return err
	}
	if err := f.Nudge(ctx); err != nil {
		return err
	}
	if err := f.quiet(ctx); err != nil {
		return err
	}
	after, err := f.requests(ctx)
	r.noneRequests = after - before
	fmt.Printf("  nothing changed       %8d requests\n", r.noneRequests)
	return err
}

// foreignEdits changes a field of ours by hand, again and again, and measures
// how long it stays changed.
func (f *field) foreignEdits(ctx context.Context, r *report, _ int) error {
	for i := range min(f.n, 200) {
		took, err := f.foreignEdit(ctx, name("app", i))
		if err != nil {
			return fmt.Errorf("foreign edit of %s: %w", name("app", i), err)
		}
		r.drift = append(r.drift, took)
	}
	fmt.Printf("  foreign edit restored %8s p50, %s p99\n", round(quantile(r.drift, 0.5)), round(quantile(r.drift, 0.99)))
	return f.quiet(ctx)
}

func (f *field) foreignEdit(ctx context.Context, app string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	deployments := f.Client.AppsV1().Deployments(app)
	patch := []byte(`{"spec":{"template":{"spec":{"containers":[{"name":"main","image":"registry.example.com/foreign:1"}]}}}}`)
	edited, err := deployments.Patch(ctx, app, types.StrategicMergePatchType, patch, metav1.PatchOptions{FieldManager: "somebody"})
	if err != nil {
		return 0, err
	}
	began := time.Now()
	events, err := deployments.Watch(ctx, metav1.ListOptions{ResourceVersion: edited.ResourceVersion})
	if err != nil {
		return 0, err
	}
	defer events.Stop()
	for event := range events.ResultChan() {
		if imageOf(event.Object) == "registry.example.com/app:1" {
			return time.Since(began), nil
		}
	}
	return 0, fmt.Errorf("not restored within a minute")
}
