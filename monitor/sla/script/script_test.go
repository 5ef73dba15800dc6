package script_test

import (
	"strings"
	"testing"

	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/monitor/sla/script"
)

const rules = "\n-- sla.yaml --\nrules:\n- {name: down, each: pods, expr: '!it.ready', action: reschedule}\n"

// What a script gets wrong, or what the rules do, is told with the line.
func TestRunReports(t *testing.T) {
	const world = "component Deployment/web desired=1\npod web-1 of Deployment/web\n"
	tests := map[string]struct{ script, want string }{
		"all is well":         {world + "at 0s\nexpect down reschedule Pod/web-1" + rules, ""},
		"missed action":       {world + "at 0s\nexpect down reschedule Pod/web-2" + rules, `t.txt:4: expected "down reschedule Pod/web-2", got ["down reschedule Pod/web-1"`},
		"unexpected action":   {world + "at 0s" + rules, "at line 3: unexpected: down reschedule Pod/web-1"},
		"expected twice":      {world + "at 0s\nexpect down reschedule Pod/web-1\nexpect down reschedule Pod/web-1" + rules, "t.txt:5: expected"},
		"missed hold":         {"at 0s\nexpect down Pod/web-1 waits for" + rules, `t.txt:2: expected "down Pod/web-1 waits for", got ["failed-rollout`},
		"wrong wake":          {world + "at 0s\nexpect down reschedule Pod/web-1\nexpect wake 1h" + rules, "t.txt:5: expected to wake at 1h, is 5m0s"},
		"no wake":             {"at 0s\nexpect wake 1h" + rules, "t.txt:2: expected to wake at 1h, no timer runs"},
		"unknown line":        {"machine a" + rules, `t.txt:1: unknown "machine"`},
		"unknown field":       {"pod a restart=1" + rules, `t.txt:1: no field "restart", there are namespace, name`},
		"not a value":         {"pod a ready" + rules, `t.txt:1: want field=value, not "ready"`},
		"not a number":        {"pod a restarts=x" + rules, "t.txt:1: restarts: strconv.ParseInt"},
		"not a time":          {"at noon" + rules, "t.txt:1: time: invalid duration"},
		"time goes back":      {"at 2s\nat 1s" + rules, "t.txt:2: times must not go back"},
		"no rules":            {"at 0s", "there is no `-- sla.yaml --` section"},
		"mistake in a rule":   {"at 0s\n-- sla.yaml --\nrules: [{name: a, expr: x, action: notify}]\n", `rule "a": expr 1:1: undeclared`},
		"mistake in the yaml": {"at 0s\n-- sla.yaml --\nrule: []\n", `unknown field "rule"`},
	}
	c, err := sla.NewCompiler()
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := script.Run(c, "t.txt", []byte(tt.script), nil)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}
