package dockerfile

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Compiled is a program that runs on a base image with nothing beside it, and how
// it is made: what ko does for Go.
type Compiled struct {
	// Image has the compiler, and Base is what the program is laid on.
	Image, Base string
	// Script compiles, in the program's folder, with Environment.
	Script      string
	Environment map[string]string
	// Program is the file that comes of it, relative to the folder.
	Program string
	// Args are the program's, and Port is what it listens on, 0 for nothing.
	Args    []string
	Port    int32
	Notices []string
}

// compiled are languages whose programs need nothing beside them.
const compiled = "go"

// output is the program that a build command makes.
var output = regexp.MustCompile(`(?: -o )(\S+)`)

// Compile settles how the program of a stack is compiled. What cannot be made
// without a Dockerfile is an error that says why.
func Compile(s guide.Stack) (Compiled, error) {
	t, err := load()
	if err != nil {
		return Compiled{}, err
	}
	l := t.Languages[compiled]
	build, start := l.built(s.Build, s.Start)
	program, arguments, _ := strings.Cut(start, " ")
	made := output.FindStringSubmatch(build)
	switch {
	case s.Dockerfile != "":
		return Compiled{}, fmt.Errorf("there is a %s: take it out, or build.method in application.yaml", s.Dockerfile)
	case s.Language != compiled:
		return Compiled{}, fmt.Errorf("build.method ko is for programs in Go, and this is %s: take it out of application.yaml", s.Language)
	case s.CGO:
		return Compiled{}, errors.New("build.method ko is for programs in Go alone, and this one links to code in C: take it out of application.yaml")
	case made == nil || path.Clean(made[1]) != path.Clean(program) || needsShell(start):
		return Compiled{}, fmt.Errorf("build.method ko starts the compiled program itself, and this is started by %q: take it out of application.yaml", start)
	}
	version, notice := l.choose(s.Version)
	c := Compiled{
		Image: strings.ReplaceAll(l.Build, "{version}", version), Base: l.Run,
		Environment: l.BuildEnvironment,
		Program:     path.Clean(program), Args: strings.Fields(arguments), Port: firstPort(s),
	}
	for _, command := range []string{s.Install, build} {
		if command != "" {
			c.Script += command + "\n"
		}
	}
	if notice != "" {
		c.Notices = []string{notice}
	}
	return c, nil
}
