package process

import (
	"io"
	"os"
	"strings"
)

// tailBytes bounds what Tail reads: a log can be large.
const tailBytes = 64 << 10

// lineBytes bounds a line of Tail: some components print whole objects.
const lineBytes = 400

// Tail returns the last lines of a log, indented; a log that cannot be read
// says so in their place, since Tail only adds to another message.
func Tail(file string, lines int) string {
	f, err := os.Open(file)
	if err != nil {
		return "    (" + err.Error() + ")"
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > tailBytes {
		if _, err := f.Seek(-tailBytes, io.SeekEnd); err != nil {
			return "    (" + err.Error() + ")"
		}
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return "    (" + err.Error() + ")"
	}
	all := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	last := all[max(0, len(all)-lines):]
	for i, line := range last {
		if len(line) > lineBytes {
			last[i] = line[:lineBytes] + " ..."
		}
	}
	return "    " + strings.Join(last, "\n    ")
}
