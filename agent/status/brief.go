package status

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// How much is told: lines of an application's message and of an entry in its
// history, and bytes of one line. Whoever wants all asks `spotguide diff`.
const (
	MessageLines = 20
	EntryLines   = 5
	lineBytes    = 1 << 10
)

// MaxDocument is how many bytes an encoded Status may have. The API server
// refuses a ConfigMap of more than 1 MiB, with which all would go untold.
const MaxDocument = 900 << 10

// Brief keeps the first lines of a text and says how many more there are, those
// that an earlier Brief took away included.
func Brief(text string, lines int) string {
	all := strings.Split(text, "\n")
	more := 0
	if last := len(all) - 1; last > 0 {
		if n, _ := fmt.Sscanf(all[last], "(and %d more)", &more); n == 1 {
			all = all[:last]
		}
	}
	kept := slices.Clone(all[:min(lines, len(all))])
	for i, line := range kept {
		kept[i] = cut(line)
	}
	brief := strings.Join(kept, "\n")
	more += len(all) - len(kept)
	switch {
	case more == 0:
		return brief
	case lines == 1:
		return fmt.Sprintf("%s (and %d more)", brief, more)
	}
	return fmt.Sprintf("%s\n(and %d more)", brief, more)
}

// cut shortens a line without cutting a character in two.
func cut(line string) string {
	if len(line) <= lineBytes {
		return line
	}
	end := lineBytes - len(" ...")
	for end > 0 && !utf8.RuneStart(line[end]) {
		end--
	}
	return line[:end] + " ..."
}

// Encode is the document as the ConfigMap holds it. What is too large for it
// loses its oldest history, its later notices and the later lines of messages,
// and of many applications all of these.
func Encode(s Status) ([]byte, error) {
	document, err := json.Marshal(s)
	for _, keep := range []int{5, 1, 0} {
		if err != nil || len(document) <= MaxDocument {
			break
		}
		document, err = json.Marshal(s.shortened(keep))
	}
	if err != nil {
		return nil, fmt.Errorf("encode status: %w", err)
	}
	return document, nil
}

// shortened is a copy with so many entries of each list.
func (s Status) shortened(keep int) Status {
	s.Notices = s.Notices[:min(keep, len(s.Notices))]
	s.Applications = slices.Clone(s.Applications)
	for i := range s.Applications {
		a := &s.Applications[i]
		a.Message = Brief(a.Message, max(keep, 1))
		a.Notices = a.Notices[:min(keep, len(a.Notices))]
		a.Why = a.Why[:min(keep, len(a.Why))]
		a.History = a.History[max(0, len(a.History)-keep):]
	}
	return s
}
