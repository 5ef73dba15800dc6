package stack

import (
	"encoding/json"
	"regexp"
	"strings"
)

var copying = regexp.MustCompile(`(?i)^\s*(?:COPY|ADD)\s+(.*)$`)

// Copied lists what a Dockerfile copies from the folder that it is built from, but
// for that folder as a whole.
func Copied(data []byte) (names []string) {
	var d dockerfile
	eachInstruction(data, func(text string, line int) {
		if found := instruction.FindStringSubmatch(text); found != nil {
			d.take(strings.ToUpper(found[1]), found[2], line)
		} else if found := copying.FindStringSubmatch(text); found != nil {
			names = append(names, d.copied(found[1])...)
		}
	})
	return names
}

// copied are the sources of one instruction, which are not from a stage, an address
// or the Dockerfile itself.
func (d *dockerfile) copied(rest string) (names []string) {
	var words []string
	for _, word := range strings.Fields(d.expand(rest)) {
		if !strings.HasPrefix(word, "--") {
			words = append(words, word)
		} else if strings.HasPrefix(word, "--from=") {
			return nil
		}
	}
	var list []string
	if json.Unmarshal([]byte(strings.Join(words, " ")), &list) == nil {
		words = list
	}
	for _, word := range words[:max(0, len(words)-1)] {
		name := strings.Trim(strings.TrimPrefix(word, "./"), "/")
		if name != "" && name != "." && !strings.Contains(name, "://") && !strings.HasPrefix(name, "<<") && !strings.HasPrefix(name, "../") {
			names = append(names, name)
		}
	}
	return names
}
