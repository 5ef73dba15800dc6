// Command spotguide follows Git repositories for Kubernetes namespaces, and
// looks after what they deploy. `spotguide agent` runs in the cluster; the other
// commands are for people. Called kubectl-spotguide it is `kubectl spotguide`, and
// a link to it called kubectl_complete-spotguide completes that.
//
// Data goes to the standard output, messages go to the standard error. The exit
// code is 0 when a command did what it was asked for and 1 when it did not, or
// when what it checked is not in order; commands with other codes say so in
// their help.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	_ "time/tzdata" // the image has none

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"
)

func main() { os.Exit(run(context.Background(), os.Args)) }

// run is the whole program; it returns the exit code.
func run(ctx context.Context, args []string) int {
	logrus.SetOutput(io.Discard) // a log of libraries; what it says is told otherwise
	root := newRootCommand(args[0])
	root.SetArgs(arguments(args))
	cmd, err := root.ExecuteContextC(ctx)
	var exit *exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		if exit.err != nil {
			fmt.Fprintln(cmd.ErrOrStderr(), "Error:", exit.err)
		}
		return exit.code
	}
	fmt.Fprintln(cmd.ErrOrStderr(), "Error:", err)
	var usage *usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(cmd.ErrOrStderr(), "See '%s --help'.\n", cmd.CommandPath())
	}
	return 1
}

// arguments are what follows the program's name. kubectl completes a plugin's
// arguments by a program of another name, which may be a link to this one.
func arguments(args []string) []string {
	if filepath.Base(args[0]) == "kubectl_complete-spotguide" {
		return append([]string{cobra.ShellCompRequestCmd}, args[1:]...)
	}
	return args[1:]
}

// exitError ends the program with a code of its own. Without err, what there is
// to say has been said.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usageError is a command called in a way that it cannot be.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }
