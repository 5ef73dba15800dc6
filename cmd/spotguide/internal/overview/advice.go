package overview

import (
	"strings"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
)

// Step is something that a person can do, and what comes of it.
type Step struct {
	Do     string
	Effect string
}

// Advice tells what to do about an application, the usual thing last; nil when
// there is nothing to do.
func Advice(namespace string, a status.Application) []Step {
	command := func(words ...string) string {
		return "spotguide " + strings.Join(words, " ") + " -n " + namespace
	}
	switch a.Phase {
	case status.Failed:
		return []Step{
			{command("sync"), "tries again at once"},
			{command("diff", "DIR"), "in a clone: tells what would be applied and what is wrong with it"},
			{"git push", "a commit that mends it"},
		}
	case status.Degraded:
		return []Step{
			{command("rollback"), "goes back to the last healthy revision"},
			{command("logs", a.Name), "tells what its containers say"},
		}
	case status.Held:
		if a.Frozen != "" {
			return []Step{
				{command("sla", "explain", a.Name), "tells how its objectives stand"},
				{command("approve"), "lists what a person may let go ahead"},
			}
		}
		return []Step{
			{"git push", "a commit that brings back what is missing by mistake"},
			{command("sync", "--approve-prune"), "deletes what the repository no longer holds"},
		}
	case status.RolledBack:
		if a.Failed == nil {
			return []Step{{command("resume"), "follows the repository again"}}
		}
		return []Step{
			{command("logs", a.Name), "tells what its containers say"},
			{"git push", "a commit that mends " + Short(a.Failed.Revision) + "; until then " + Short(a.Revision) + " runs"},
		}
	case status.Suspended:
		return []Step{{command("resume"), "goes on"}}
	case status.Pending, status.Building, status.Syncing, status.Progressing:
		return []Step{{command("status", "-w"), "shows it as it changes"}}
	}
	return nil
}

func steps(all []Step) [][]table.Cell {
	var rows [][]table.Cell
	for _, s := range all {
		rows = append(rows, []table.Cell{{Text: s.Do}, {Text: s.Effect}})
	}
	return rows
}
