package dockerfile

import (
	"encoding/json"
	"strings"
)

// command is CMD's argument: the exec form, so that signals reach the program;
// through a shell only where the command needs one.
func command(line string) string {
	words := strings.Fields(line)
	if needsShell(line) {
		words = []string{"sh", "-c", replaceable(line)}
	}
	encoded, err := json.Marshal(words)
	if err != nil {
		return line // strings always encode
	}
	text := strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">", `","`, `", "`).Replace(string(encoded))
	return text
}

func needsShell(line string) bool {
	first, _, _ := strings.Cut(line, " ")
	return strings.ContainsAny(line, `$*?&|;<>()"'`+"`") || strings.Contains(first, "=")
}

// replaceable lets a single command take the shell's place.
func replaceable(line string) string {
	first, _, _ := strings.Cut(line, " ")
	if strings.ContainsAny(line, "&|;") || first == "exec" || strings.Contains(first, "=") {
		return line
	}
	return "exec " + line
}
