package render

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
)

var (
	// What Helm says of required and fail, and of syntax.
	located = regexp.MustCompile(`^(?:execution|parse) error (?:at|in) \(([^:()]+)(?::(\d+))?(?::\d+)?\): (?s:(.*))$`)
	// What text/template says of everything else.
	executed = regexp.MustCompile(`^template: ([^:]+):(\d+):\d+: (?s:(.*))$`)
	// One step of a call chain: what was evaluated, and where it led.
	step = regexp.MustCompile(`^executing "[^"]*" at <(.*?)>: (?:error calling (?:include|tpl|template): )?`)
	// The same within a called template.
	inner = regexp.MustCompile(`^(?:error during tpl function execution for "(?:[^"\\]|\\.)*": )?(?:template: )?([^:\s]+):(\d+):\d+: `)
	// Helm's marks around a message of required and fail.
	marked = regexp.MustCompile(`(?s)HELM_ERR_START(.*)HELM_ERR_END`)
)

// templateError tells in plain words which line of which template failed, and
// Helm's name of that template if the others can be tried without it.
func templateError(c *chart.Chart, folder string, err error) (failed *Error, template string) {
	text := err.Error()
	m := located.FindStringSubmatch(text)
	if m == nil {
		m = executed.FindStringSubmatch(text)
	}
	if m == nil {
		return &Error{File: folder, Err: errors.New(plainTemplateText(c, folder, text))}, ""
	}
	line, _ := strconv.Atoi(m[2])
	if template = m[1]; strings.HasPrefix(text, "parse error") {
		template = ""
	}
	return &Error{
		File: chartPath(c, folder, m[1]), Line: line,
		Err: errors.New(plainTemplateText(c, folder, m[3])),
	}, template
}

// plainTemplateText follows a chain of calls to its end and tells that only:
// what was evaluated, where, and what was wrong with it.
func plainTemplateText(c *chart.Chart, folder, text string) string {
	if m := marked.FindStringSubmatch(text); m != nil {
		return strings.TrimSpace(m[1])
	}
	var what, where string
	for {
		if m := step.FindStringSubmatch(text); m != nil {
			what, text = m[1], text[len(m[0]):]
		} else if m := inner.FindStringSubmatch(text); m != nil {
			if text = text[len(m[0]):]; strings.Contains(m[1], "/") { // else it is the text given to tpl
				where = chartPath(c, folder, m[1]) + ":" + m[2]
			}
		} else {
			break
		}
	}
	if where != "" {
		what = strings.TrimSpace(what + " in " + where)
	}
	if what == "" {
		return strings.TrimSpace(text)
	}
	return strings.TrimSpace(what + ": " + text)
}
