package agent

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/source"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/detect"
	"github.com/spotguide/spotguide/sync/inventory"
)

// distribute detects and hands each application what it should become.
func (t *tenant) distribute(ctx context.Context, snapshot *source.Snapshot) error {
	if err := t.detect(ctx, snapshot); err != nil {
		return err
	}
	found := map[string]bool{}
	var parts []part
	for _, m := range t.matches {
		found[m.App] = true
		parts = append(parts, part{m.App, desired{binding: t.bound, snapshot: snapshot, match: m}})
	}
	for _, u := range t.undecided {
		found[u.App] = true // it is there, only nobody has said which one
		if t.apps[u.App] == nil {
			t.hold(u)
		}
	}
	t.strike(found)
	for _, name := range t.owners() {
		if !found[name] {
			// With no application left at all, a person is asked first.
			parts = append(parts, part{name, desired{binding: t.bound, snapshot: snapshot, gone: true, last: len(found) == 0}})
		}
	}
	t.wave = newWave(len(parts), t.wake)
	for _, p := range parts {
		if p.desired.gone {
			t.applier.Release(inventory.Owner{Namespace: t.namespace, Application: p.app})
		}
	}
	for _, p := range parts {
		p.desired.wave = t.wave
		p.desired.looked = t.asked == "" || t.taken != t.known[0]
		t.application(ctx, p.app).want(p.desired)
	}
	return nil
}

// part is one application's share of a distribution.
type part struct {
	app     string
	desired desired
}

// detect finds the applications of a snapshot, unless neither the folder nor
// what is asked of it has changed.
func (t *tenant) detect(ctx context.Context, snapshot *source.Snapshot) error {
	hash, ok := snapshot.Hash(t.bound.Path)
	if !ok {
		return fmt.Errorf("%s has no folder %q: mend the annotation %s", snapshot.Revision, t.bound.Path, binding.Path)
	}
	key := fmt.Sprintf("%s %s %s %s", hash, t.bound.Path, t.bound.Guide, t.bound.Environment)
	if key == t.seen {
		return nil
	}
	result, err := t.detector.detect(ctx, snapshot, t.bound)
	if err != nil {
		return err
	}
	t.seen, t.matches, t.undecided = key, result.Matches, result.Undecided
	t.ledger.write(func(l *ledger) { l.head.Notices = result.Notices })
	for _, m := range result.Matches {
		t.log.Info("application detected", "application", m.App, "guide", m.Guide, "dir", m.Dir)
	}
	return nil
}

// application returns the running application of that name, started if need be.
func (t *tenant) application(ctx context.Context, name string) *application {
	if a := t.apps[name]; a != nil {
		return a
	}
	owner := inventory.Owner{Namespace: t.namespace, Application: name}
	a := newApplication(t, owner, t.memory.of(name))
	t.apps[name] = a
	t.register(a)
	t.running.Go(func() {
		defer t.unregister(a)
		a.Run(ctx)
	})
	return a
}

// strike takes applications out of the status that are neither there nor own
// anything.
func (t *tenant) strike(found map[string]bool) {
	owners := t.owners()
	t.ledger.write(func(l *ledger) {
		maps.DeleteFunc(l.apps, func(name string, _ status.Application) bool {
			gone := !found[name] && !slices.Contains(owners, name)
			if gone {
				delete(l.histories, name)
			}
			return gone
		})
	})
}

// hold tells of an application that waits for a person's decision.
func (t *tenant) hold(u detect.Undecided) {
	t.ledger.write(func(l *ledger) {
		l.apps[u.App] = status.Application{Name: u.App, Dir: u.Dir, Phase: status.Held, Message: u.Text}
	})
}

// nothingFound says so, and what was seen instead.
func (t *tenant) nothingFound(notices []string) string {
	text := fmt.Sprintf("no application found in %q", t.bound.Path)
	if len(notices) > 0 {
		text += ": " + status.Brief(strings.Join(notices, "\n"), 1)
	}
	return text + "; `spotguide guides` tells what is looked for"
}

// owners are the names of all applications that own or may own something.
func (t *tenant) owners() []string {
	names := slices.Collect(maps.Keys(t.apps))
	for _, name := range t.memory.owners {
		if t.apps[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
