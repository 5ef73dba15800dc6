package dockerfile

import (
	"regexp"
	"strings"
)

// started is a program that a Procfile starts by a name of its own, as platforms
// do that name programs after their folders: bin/web, or web on the PATH.
var started = regexp.MustCompile(`^(?:\./)?(?:bin/)?([\w-]+)$`)

// tool is a command that is there without being built.
var tool = regexp.MustCompile(`^(?:go|sh|bash|env|exec|make)$`)

// built lets the build make the program that is started, where that is known by
// another name than the build gives it.
func (l language) built(build, start string) (newBuild, newStart string) {
	made := "-o " + l.Program + " "
	program, arguments, _ := strings.Cut(start, " ")
	if l.Program == "" || program == "./"+l.Program || !strings.Contains(build, made) || !started.MatchString(program) || tool.MatchString(program) {
		return build, start
	}
	if !strings.Contains(program, "/") {
		program = "./" + program
	}
	return strings.Replace(build, made, "-o "+program+" ", 1), strings.TrimSpace(program + " " + arguments)
}
