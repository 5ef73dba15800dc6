package build

import (
	"regexp"
	"slices"
	"strings"
)

var (
	// place is where BuildKit says that a build failed.
	place = regexp.MustCompile(`^(\S*Dockerfile\S*):(\d+)$`)
	// cause is its error, which names frontends and stages that help nobody.
	cause = regexp.MustCompile(`^(?:error|ERROR): (?:failed to solve: |failed to build: )*(.*)$`)
	// output is what the failed step itself printed.
	output = regexp.MustCompile(`^(?:#\d+ )?\d+\.\d+ (.*)$`)
	// problem is output that says by itself that it tells the problem.
	problem = regexp.MustCompile(`^(?:\w*Error|error|ERROR|fatal|FATAL|E|npm (?:error|ERR!)|\[ERROR\]|\[cause\]: \w+)(?:[: \[].*[a-z]|$)`)
	// noise is output that explains nothing: no words, places in foreign programs.
	noise = regexp.MustCompile(`^[^A-Za-z]*$|^at .*[):]|^Node\.js v|complete log of this run|^npm (?:error|ERR!)(?: (?:\[-|aliases:|Usage:|Options:|npm ci$|Clean install a project).*)?$`)
	// disagreement is what npm ci ends its explanation with, whose beginning lies
	// before the end of the log that is kept.
	disagreement = regexp.MustCompile(`^npm (?:error|ERR!) Run "npm help ci"`)
)

// lastWords is how much of a failed step's own output is told.
const lastWords = 3

// longest is how much of a line is told: lists of what was installed are longer.
const longest = 200

func shorten(line string) string {
	if runes := []rune(line); len(runes) > longest {
		return string(runes[:longest]) + "..."
	}
	return line
}

// explain is what the end of a build's log comes to, by the method.
func (c recipe) explain(log string) string {
	if c.compiled == nil {
		return explain(log)
	}
	var words []string
	for line := range strings.Lines(log) {
		words = append(words, shorten(strings.TrimSpace(line)))
	}
	return strings.Join(telling(words), " / ")
}

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
			words = append(words, shorten(strings.TrimSpace(output.FindStringSubmatch(line)[1])))
		}
	}
	words = telling(words)
	if what == "" {
		lines := strings.Split(strings.TrimSpace(log), "\n")
		what = strings.TrimSpace(lines[len(lines)-1])
	}
	if len(words) > 0 {
		what += ": " + strings.Join(words, " / ")
	}
	return where + what
}

// telling picks what a failed step says of the problem: the first lines that say
// so themselves, else its last ones. BuildKit repeats the end, so each line counts
// once.
func telling(words []string) []string {
	var all, problems []string
	for _, line := range words {
		if disagreement.MatchString(line) {
			line = "npm error package.json and its lock file do not agree: run npm install and commit the lock file"
		}
		if noise.MatchString(line) || slices.Contains(all, line) {
			continue
		}
		all = append(all, line)
		if problem.MatchString(line) {
			problems = append(problems, line)
		}
	}
	if len(problems) > 0 {
		return problems[:min(len(problems), lastWords)]
	}
	return all[max(0, len(all)-lastWords):]
}

// told is why a build failed, and where the Dockerfile is to be seen that the
// repository does not hold.
func (c recipe) told(words string) string {
	if c.written == nil || !strings.Contains(words, ownDockerfile) {
		return words
	}
	return strings.ReplaceAll(words, ownDockerfile, "Dockerfile") + "; `spotguide build --print` shows the Dockerfile, which the agent has written"
}
