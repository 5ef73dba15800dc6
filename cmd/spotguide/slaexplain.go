package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/terminal"
	"github.com/spotguide/spotguide/monitor/sla"
)

func newSLAExplainCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain APPLICATION",
		Short: "Tell what each rule waits for, and why nothing happens",
		Long: `Tell which rules of an application hold and what keeps them from acting: their
time, their cooldown or budget, another rule or action, a maintenance window, the
floor, a person's approval, the cluster-wide brake, or that something is unknown.
Objectives are shown with what they have kept, what is left of their error budgets
and how fast these burn over each window; ! marks what is too fast, ? is unknown.

The agent writes it down within a minute.`,
		Example: `  spotguide sla explain cart -n shop
  spotguide sla explain shop/cart -o json`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: g.completeApplications,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, namespace, err := g.reach()
			if err != nil {
				return err
			}
			namespace, name := application(args[0], namespace)
			_, seen, err := fleet.Find(cmd.Context(), client, namespace, name)
			if err != nil {
				return err
			}
			states, err := fleet.States(cmd.Context(), client, namespace)
			if err != nil {
				return err
			}
			if g.output != "" {
				return encode(cmd.OutOrStdout(), g.output, states[name])
			}
			return explain(cmd.OutOrStdout(), namespace, seen, states[name], terminal.Look(cmd.OutOrStdout(), g.noColor), time.Now())
		},
	}
	outputs(cmd, "json", "yaml")
	return cmd
}

// explain writes what is held back, what is quiet, and what was done last.
func explain(w io.Writer, namespace string, a status.Application, s sla.State, look table.Look, now time.Time) error {
	fmt.Fprintf(w, "%s/%s is %s: %s\n", namespace, a.Name, a.Phase, table.Line(a.Message))
	explainSite(w, a.Site)
	fmt.Fprintln(w)
	if err := explainObjectives(w, a.Objectives, s, look); err != nil {
		return err
	}
	quiet := slices.Clone(s.Rules)
	t := table.Table{Header: []string{"RULE", "TARGET", "WAITS", "UNTIL", "WHY"}}
	for _, p := range s.Pending {
		t.Rows = append(t.Rows, []table.Cell{
			{Text: p.Rule}, {Text: p.Target.String()}, {Text: string(p.Hold), Style: holdStyle(p.Hold)}, {Text: until(p.Until, now)}, {Text: why(p)},
		})
		quiet = slices.DeleteFunc(quiet, func(name string) bool { return name == p.Rule })
	}
	if len(t.Rows) == 0 {
		fmt.Fprintln(w, "No rule waits for anything: none holds.")
	} else if err := t.Write(w, look); err != nil {
		return err
	}
	if len(quiet) > 0 {
		fmt.Fprintf(w, "\nQuiet: %s\n", strings.Join(quiet, ", "))
	}
	if n := len(s.Journal); n > 0 {
		last := s.Journal[n-1]
		fmt.Fprintf(w, "Last:  %s %s by rule %s, %s ago: %s\n", last.Kind, last.Target, last.Rule, now.Sub(last.At).Round(time.Second), outcome(last, now))
	}
	return nil
}

// explainSite tells where an application that fails over runs.
func explainSite(w io.Writer, s *status.Site) {
	if s == nil {
		return
	}
	text := fmt.Sprintf("%s is %s, epoch %d", s.Name, s.Role, s.Epoch)
	if s.Message != "" {
		text += ": " + s.Message
	}
	fmt.Fprintf(w, "Failover: %s\n", text)
}

func why(p sla.Pending) string {
	if p.Approval != "" {
		return fmt.Sprintf("%s (spotguide approve %s)", p.Message, p.Approval)
	}
	if p.Message != "" {
		return p.Message
	}
	return map[sla.Hold]string{
		sla.HoldFor: "its expression has not held for long enough", sla.HoldCooldown: "it acted a short while ago",
		sla.HoldTurn: "another action goes first",
	}[p.Hold]
}

func until(at, now time.Time) string {
	if at.IsZero() {
		return ""
	}
	if left := at.Sub(now).Round(time.Second); left > 0 {
		return "in " + left.String()
	}
	return "now"
}

func holdStyle(h sla.Hold) table.Style {
	switch h {
	case sla.HoldApproval, sla.HoldBrake, sla.HoldUnknown:
		return table.Careful
	case sla.HoldFor, sla.HoldTurn, sla.HoldCooldown:
		return table.Busy
	}
	return table.Plain
}
