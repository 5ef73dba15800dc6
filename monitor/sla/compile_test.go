package sla_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

func TestCompileReportsMistakes(t *testing.T) {
	second := metav1.Duration{Duration: time.Second}
	tests := map[string]struct {
		rule guide.Rule
		want string
	}{
		"syntax":             {guide.Rule{Expr: "1 +", Action: "notify"}, `rule "r": expr 1:4: Syntax error`},
		"second line":        {guide.Rule{Expr: "true &&\n  pod.x", Action: "notify"}, `rule "r": expr 2:3: undeclared reference to 'pod'`},
		"no such field":      {guide.Rule{Each: "pods", Expr: "it.restart > 1", Action: "notify"}, `rule "r": expr 1:3: undefined field 'restart'`},
		"wrong type":         {guide.Rule{Each: "pods", Expr: "it.restarts == 'x'", Action: "notify"}, `rule "r": expr 1:13: found no matching overload`},
		"not a bool":         {guide.Rule{Expr: "pods.size()", Action: "notify"}, `rule "r": expr 1:1: must be true or false, is of type int`},
		"no expression":      {guide.Rule{Expr: " ", Action: "notify"}, `rule "r": expr is missing`},
		"it without each":    {guide.Rule{Expr: "it.ready", Action: "notify"}, `rule "r": expr 1:1: undeclared reference to 'it'`},
		"pod's field on it":  {guide.Rule{Each: "components", Expr: "it.restarts > 1", Action: "notify"}, "undefined field 'restarts'"},
		"expression too big": {guide.Rule{Expr: strings.Repeat("1", 5000), Action: "notify"}, "size exceeds limit"},
		"moving pattern":     {guide.Rule{Expr: "revision.matches('x' + application)", Action: "notify"}, `expr 1:22: the pattern of matches() must be a literal`},
		"huge pattern":       {guide.Rule{Expr: "revision.matches('(x{100}){10}')", Action: "notify"}, "the pattern is too complex"},
		"bad pattern":        {guide.Rule{Expr: "revision.matches('(x')", Action: "notify"}, "expr 1:18: error parsing regexp: missing closing )"},
		"unknown action":     {guide.Rule{Expr: "true", Action: "reboot"}, `action "reboot" is none of restart, reschedule`},
		"unknown each":       {guide.Rule{Each: "disks", Expr: "true", Action: "notify"}, `each "disks" does not go with action notify`},
		"no target":          {guide.Rule{Expr: "true", Action: "restart"}, "action restart needs `each: components`"},
		"rollback with each": {guide.Rule{Each: "pods", Expr: "true", Action: "rollback"}, "remove `each`"},
		"no budget":          {guide.Rule{Expr: "true", Action: "notify", Budget: &guide.Budget{Per: second}}, "budget.actions 0 is not between 1 and 100"},
		"no window":          {guide.Rule{Expr: "true", Action: "notify", Budget: &guide.Budget{Actions: 1}}, "budget.per 0s is not between 1s"},
		"unknown step":       {guide.Rule{Expr: "true", Action: "notify", Escalation: []string{"x"}}, `escalation "x" is none of restart`},
		"step of no target":  {guide.Rule{Expr: "true", Action: "notify", Escalation: []string{"restart"}}, "escalation restart needs `each: components`"},
		"unknown pause":      {guide.Rule{Expr: "true", Action: "notify", Maintenance: "never"}, `maintenance "never" is none of pause`},
		"inhibits nobody":    {guide.Rule{Expr: "true", Action: "notify", Inhibits: []string{"x"}}, `inhibits "x": there is no such rule`},
		"inhibits itself":    {guide.Rule{Expr: "true", Action: "notify", Inhibits: []string{"r"}}, "inhibits itself"},
		"changes nothing":    {guide.Rule{DryRun: true}, "there is no rule of this name to change"},
		"negative for":       {guide.Rule{Expr: "true", Action: "notify", For: metav1.Duration{Duration: -1}}, "for -1ns is not between 0s"},
	}
	c := newCompiler(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.rule.Name = "r"
			_, err := c.Compile([]guide.Rule{tt.rule})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestCompileReportsAllMistakesAtOnce(t *testing.T) {
	_, err := newCompiler(t).Compile([]guide.Rule{
		{Name: "a", Expr: "x", Action: "reboot"},
		{Name: "a", Expr: "true", Action: "notify"},
		{Name: "b", Expr: "true && y", Action: "notify"},
	})
	for _, want := range []string{`rule "a": action`, `rule "a": expr`, "another rule of this name", `rule "b": expr 1:9`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

func TestEqualRulesShareAProgram(t *testing.T) {
	c := newCompiler(t)
	compile := func(expr string) *sla.Program {
		p, err := c.Compile([]guide.Rule{{Name: "r", Expr: expr, Action: "notify"}})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := compile("true")
	if compile("true") != p {
		t.Error("equal rules were compiled twice")
	}
	if compile("false") == p {
		t.Error("different rules share a program")
	}
	runtime.KeepAlive(p)
}

// A program that nobody uses is not kept for ever, nor are applications with
// rules of their own expensive.
func TestProgramsAreLetGo(t *testing.T) {
	c := newCompiler(t)
	shared, err := c.Compile(sla.Rules(guide.SLA{}))
	if err != nil {
		t.Fatal(err)
	}
	var keep []*sla.Program
	each := func(keeping bool) uint64 {
		before := heap()
		for i := range 200 {
			own := guide.Rule{Name: fmt.Sprint("own-", i), Expr: "rollout.failed", Action: "notify"}
			p, err := c.Compile(sla.Rules(guide.SLA{Rules: []guide.Rule{own}}))
			if err != nil {
				t.Fatal(err)
			}
			if keeping {
				keep = append(keep, p)
			}
		}
		return (max(heap(), before) - before) / 200
	}
	if n := each(false); n > 200 {
		t.Errorf("%d bytes a program remain", n)
	}
	if n := each(true); n > 5<<10 {
		t.Errorf("%d bytes a program that shares its expressions", n)
	}
	runtime.KeepAlive(shared)
	runtime.KeepAlive(keep)
}

// heap is what is in use after collecting what is not.
func heap() uint64 {
	var m runtime.MemStats
	for range 3 { // weak pointers and their cleanups take more than one
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestDisabledRulesNeedNoExpression(t *testing.T) {
	if _, err := newCompiler(t).Compile([]guide.Rule{{Name: "r", Disabled: true}}); err != nil {
		t.Error(err)
	}
}

// Rules cannot take more of the agent than their cost limit allows; what they
// would have said is unknown then.
func TestExpensiveRulesAreCutShort(t *testing.T) {
	o := healthy("app", 100)
	for _, expr := range []string{
		`pods.all(a, pods.all(b, pods.all(c, a.name + b.name + c.name != "")))`,
		`pods.all(a, pods.all(b, !(a.name + b.name).matches("(a|b|ab)*(c|d){20}")))`,
		`pods.map(a, pods.map(b, a.name + b.name)).size() > 0`,
		`["12345678"].map(a, [a+a+a+a].map(b, [b+b+b+b].map(c, [c+c+c+c].map(d, [d+d+d+d].map(e, [e+e+e+e].map(f, [f+f+f+f].map(g, [g+g+g+g].map(h, h+h+h+h)))))))).size() > 0`,
	} {
		p, err := newCompiler(t).Compile([]guide.Rule{{Name: "r", Each: "pods", Expr: expr, Action: "reschedule"}})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		d := sla.Decide(start, p, sla.State{}, o)
		took := time.Since(start)
		if len(d.Actions) != 0 || len(d.Pending) == 0 || d.Pending[0].Hold != sla.HoldUnknown || !strings.Contains(d.Pending[0].Message, "cost") {
			t.Errorf("%s: %d actions, pending %+v", expr, len(d.Actions), d.Pending[0])
		}
		t.Logf("%s: %s for %d pods", expr, took, len(o.Pods))
	}
}
