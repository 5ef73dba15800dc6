package agent

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"

	"github.com/spotguide/spotguide/agent/pipeline"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/sync/inventory"
)

// ledger is what one namespace's tenant and applications have told and the
// recorder has not yet written. Tenant and applications write their own parts;
// the recorder takes everything that is due in one go.
type ledger struct {
	namespace string

	// books is held while records are written to the cluster, by the recorder
	// and by an application that writes down what it is about to do.
	books sync.Mutex

	mu      sync.Mutex
	head    status.Status // without applications
	fresh   bool          // head.Settled is this agent's own finding
	apps    map[string]status.Application
	records map[string]*inventory.Record // due to be committed; nil deletes
	states  map[string]json.RawMessage   // due monitor states; nil deletes
	// histories of all applications. Nobody changes what they hold.
	histories map[string]pipeline.History
	events    []corev1.Event
}

func newLedger(namespace string) *ledger {
	return &ledger{
		namespace: namespace,
		apps:      map[string]status.Application{},
		records:   map[string]*inventory.Record{},
		states:    map[string]json.RawMessage{},
		histories: map[string]pipeline.History{},
	}
}

// due is one batch for the recorder.
type due struct {
	status  status.Status
	records map[string]*inventory.Record
	states  map[string]json.RawMessage
	events  []corev1.Event
	// histories of all applications, due or not.
	histories map[string]pipeline.History
}

// take hands over all that is due.
func (l *ledger) take() due {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := due{status: l.head, records: l.records, states: l.states, events: l.events, histories: maps.Clone(l.histories)}
	d.status.Applications = slices.SortedFunc(maps.Values(l.apps), func(a, b status.Application) int {
		return strings.Compare(a.Name, b.Name)
	})
	d.status.Summarise()
	l.records, l.states, l.events = map[string]*inventory.Record{}, map[string]json.RawMessage{}, nil
	return d
}

// giveBack returns what could not be written, unless something newer has come.
func (l *ledger) giveBack(d due) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for app, record := range d.records {
		if _, newer := l.records[app]; !newer {
			l.records[app] = record
		}
	}
	for app, state := range d.states {
		if _, newer := l.states[app]; !newer {
			l.states[app] = state
		}
	}
	l.events = append(d.events, l.events...)
}

// withdraw takes a due record back, nil when none is due.
func (l *ledger) withdraw(app string) *inventory.Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	record := l.records[app]
	delete(l.records, app)
	return record
}

// write changes the ledger under its lock.
func (l *ledger) write(change func(*ledger)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(l)
}

// phase of an application, or of the whole namespace for "".
func (l *ledger) phase(app string) status.Phase {
	l.mu.Lock()
	defer l.mu.Unlock()
	if app != "" {
		return l.apps[app].Phase
	}
	s := l.head
	s.Promotion = nil // what waits to come in is no fault of what runs
	s.Applications = slices.Collect(maps.Values(l.apps))
	s.Summarise()
	return s.Phase
}
