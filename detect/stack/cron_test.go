package stack

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseCrontab(t *testing.T) {
	const data = `# comment
SHELL=/bin/sh
*/5 * * * * /app/tick
15 2,14 1 JAN-MAR MON root run --all >> /var/log/run.log 2>&1
@daily backup | logger -t backup
60 words of prose in a line are no entry
@reboot no
`
	want := []cronEntry{
		{"*/5 * * * *", "/app/tick", 3},
		{"15 2,14 1 JAN-MAR MON", "run --all", 4},
		{"@daily", "backup", 5},
	}
	if diff := cmp.Diff(want, parseCrontab([]byte(data)), cmp.AllowUnexported(cronEntry{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParseAppCron(t *testing.T) {
	const data = `{"cron": [
  {"command": "node clean.js", "schedule": "0 * * * *"},
  {"command": "", "schedule": "0 * * * *"}, {"command": "x", "schedule": "often"}]}`
	want := []cronEntry{{"0 * * * *", "node clean.js", 2}}
	if diff := cmp.Diff(want, parseAppCron([]byte(data)), cmp.AllowUnexported(cronEntry{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
