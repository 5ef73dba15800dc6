// Package terminal finds out where output goes and what that place can show.
package terminal

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
)

// Is tells whether w is a terminal that a person looks at.
func Is(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Look is how to show something on w: coloured and cut to its width when it is
// a terminal, unless colour is off by noColor, NO_COLOR or TERM=dumb.
func Look(w io.Writer, noColor bool) table.Look {
	if !Is(w) {
		return table.Look{}
	}
	look := table.Look{Colour: !noColor && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
	if width, _, err := term.GetSize(int(w.(*os.File).Fd())); err == nil {
		look.Width = width
	}
	return look
}

// Screen redraws on a terminal's second screen, which leaves what stood there
// before as it was.
type Screen struct{ w io.Writer }

// Open switches to the second screen; Close switches back.
func Open(w io.Writer) *Screen {
	fmt.Fprint(w, "\x1b[?1049h\x1b[?25l")
	return &Screen{w}
}

// Draw replaces what the screen shows.
func (s *Screen) Draw(text string) {
	fmt.Fprint(s.w, "\x1b[H\x1b[2J", text)
}

// Close shows again what stood there before.
func (s *Screen) Close() {
	fmt.Fprint(s.w, "\x1b[?25h\x1b[?1049l")
}
