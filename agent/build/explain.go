package build

import (
	"regexp"
	"strings"
)

var (
	// place is where BuildKit says that a build failed.
	place = regexp.MustCompile(`^(\S*Dockerfile\S*):(\d+)$`)
	// cause is its error, which names frontends and stages that help nobody.
	cause = regexp.MustCompile(`^(?:error|ERROR): (?:failed to solve: |failed to build: )*(.*)$`)
	// output is what the failed step itself printed.
	output = regexp.MustCompile(`^#\d+ \d+\.\d+ (.*)$`)
)

// lastWords is how much of a failed step's own output is told.
const lastWords = 3

// explain makes one message of the end of a build's log: where, what, and the
// failed step's last words.
func explain(log string) string {
	var where, what string
	var words []string
	for line := range strings.Lines(log) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case place.MatchString(line):
			where = line + ": "
		case cause.MatchString(line):
			what = cause.FindStringSubmatch(line)[1]
		case output.MatchString(line):
			words = append(words, strings.TrimSpace(output.FindStringSubmatch(line)[1]))
		}
	}
	if what == "" {
		lines := strings.Split(strings.TrimSpace(log), "\n")
		what = strings.TrimSpace(lines[len(lines)-1])
	}
	if len(words) > lastWords {
		words = words[len(words)-lastWords:]
	}
	if len(words) > 0 {
		what += ": " + strings.Join(words, " / ")
	}
	return where + what
}
