// Package overview puts what the agent tells into words and tables for people.
// It is pure: it takes what was read and the time, and returns what to show.
package overview

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
)

// Row is one application, or a namespace that has something of its own to say.
type Row struct {
	Namespace string
	// Environment of the namespace, and what feeds it: a ref, or promotion.
	Environment, Feed string
	// Application is the zero Application with Phase and Message of the
	// namespace for a row of the namespace itself.
	status.Application
}

// Rows are the applications of the namespaces, and the namespaces that are not
// summed up by their applications.
func Rows(namespaces []fleet.Namespace) []Row {
	var rows []Row
	for _, n := range namespaces {
		if own, ok := ownRow(n); ok {
			own.Environment, own.Feed = n.Status.Environment, fedBy(n.Status)
			rows = append(rows, own)
		}
		for _, a := range n.Status.Applications {
			rows = append(rows, Row{Namespace: n.Name, Environment: n.Status.Environment, Feed: fedBy(n.Status), Application: a})
		}
	}
	return rows
}

// ownRow is what a namespace has to say beside its applications.
func ownRow(n fleet.Namespace) (Row, bool) {
	phase, message := n.Status.Phase, n.Status.Message
	if phase == "" {
		phase, message = status.Pending, unseen(n)
	}
	if !n.Status.Own() {
		return Row{}, false
	}
	return Row{Namespace: n.Name, Application: status.Application{
		Phase: phase, Message: message, Revision: n.Status.Revision,
	}}, true
}

// unseen says why the agent may have written nothing yet.
func unseen(n fleet.Namespace) string {
	if n.Terminating {
		return "being deleted"
	}
	if _, err := binding.Parse(n.Name, n.Annotations); err != nil {
		return err.Error()
	}
	return "no agent has looked at it yet; `spotguide check` tells whether one runs"
}

// fedBy says where a namespace's revisions come from.
func fedBy(s status.Status) string {
	switch {
	case s.Promotion.Origin() != "":
		return s.Promotion.Origin()
	case s.Promotion != nil && s.Promotion.Environment != "":
		return "promotion from " + s.Promotion.Environment
	case s.Ref != "":
		return "ref " + s.Ref
	}
	return "default branch"
}

// Columns says what a table of rows shows.
type Columns struct {
	// Namespaces: rows are of more than one.
	Namespaces bool
	// Wide shows revisions and messages whole, and where an application lies.
	Wide bool

	budgets bool // some row has objectives
}

// Table lays rows out as of now.
func Table(rows []Row, columns Columns, now time.Time) table.Table {
	var t table.Table
	if columns.Namespaces {
		t.Header = append(t.Header, "NAMESPACE")
	}
	t.Header = append(t.Header, "APPLICATION", "GUIDE")
	if columns.Wide {
		t.Header = append(t.Header, "FOLDER", "ENVIRONMENT", "FROM")
	}
	columns.budgets = columns.Wide && slices.ContainsFunc(rows, func(r Row) bool { return len(r.Objectives) > 0 })
	if columns.budgets {
		t.Header = append(t.Header, "BUDGET")
	}
	t.Header = append(t.Header, "REVISION", "PHASE", "READY", "CHANGED", "MESSAGE")
	for _, r := range rows {
		t.Rows = append(t.Rows, r.cells(columns, now))
	}
	return t
}

func (r Row) cells(columns Columns, now time.Time) []table.Cell {
	var cells []table.Cell
	add := func(style table.Style, text string) { cells = append(cells, table.Cell{Text: text, Style: style}) }
	if columns.Namespaces {
		add(table.Plain, r.Namespace)
	}
	add(table.Plain, r.Name)
	add(table.Plain, r.Guide)
	revision := Short(r.Revision)
	if columns.Wide {
		add(table.Plain, r.Dir)
		add(table.Plain, r.Environment)
		add(table.Plain, r.Feed)
		revision = r.Revision
	}
	if columns.budgets {
		left, style := budgets(r.Objectives)
		add(style, left)
	}
	add(table.Plain, revision)
	add(style(r.Phase), string(r.Phase))
	add(table.Plain, r.ready())
	add(table.Plain, Age(r.ChangedAt.Time, now))
	add(table.Plain, r.message(columns.Wide))
	return cells
}

func (r Row) ready() string {
	if r.Objects == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", r.Ready, r.Objects)
}

// message says no more of what is healthy than the other columns do.
func (r Row) message(wide bool) string {
	switch {
	case wide:
		return r.Message
	case r.Phase == status.Healthy && (r.Site == nil || r.Site.Name == r.Site.Primary):
		return "" // but for a standby, where nothing runs
	}
	return status.Brief(r.Message, 1)
}

func style(p status.Phase) table.Style {
	switch p {
	case status.Healthy:
		return table.Good
	case status.Failed, status.Degraded:
		return table.Bad
	case status.Held, status.RolledBack:
		return table.Careful
	case status.Suspended:
		return table.Faint
	default:
		return table.Busy
	}
}

// Short is a revision as people read it: main@1a2b3c4.
func Short(revision string) string {
	ref, commit, ok := strings.Cut(revision, "@sha1:")
	if !ok || len(commit) < 7 {
		return revision
	}
	return ref + "@" + commit[:7]
}

// Age is how long ago something was, as kubectl writes it; "" for never.
func Age(at, now time.Time) string {
	if at.IsZero() {
		return ""
	}
	return duration.HumanDuration(max(now.Sub(at), 0))
}
