// Command gotest runs go test and reports it for a person: a line a package as
// it ends, everything a failed test printed, where the time went and, last, how
// many tests passed and failed. Its arguments are go test's; its exit code is 0
// when every test passed and 1 otherwise.
//
//	gotest [-counts FILE] [go test arguments] [packages]
//
// -counts must come first: it appends "passed failed skipped" to FILE, so that
// several runs can be summed up.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// slowest is how many of the slowest packages and tests are named.
const slowest = 8

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	passed, err := run(ctx, os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
	}
	if err != nil || !passed {
		os.Exit(1)
	}
}

// run carries go test out with args and tells whether all of it passed.
func run(ctx context.Context, args []string, out io.Writer) (bool, error) {
	var counts string
	if len(args) >= 2 && args[0] == "-counts" {
		counts, args = args[1], args[2:]
	}
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	// go test passes an interrupt on to the tests, which then clean up.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return false, err
	}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	rep := newReport(out)
	readErr := readEvents(pipe, rep)
	// The code is no news: what failed stands in the report.
	exit := cmd.Wait()
	if readErr != nil {
		return false, readErr
	}
	rep.finish(slowest)
	if counts != "" {
		if err := rep.appendCounts(counts); err != nil {
			return false, err
		}
	}
	return exit == nil && rep.failed == 0, nil
}

// readEvents hands every line of go test -json to rep; a line that is no event
// (a compiler's or a linker's) is printed as it is.
func readEvents(r io.Reader, rep *report) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil {
				rep.add(e)
			} else {
				fmt.Fprintf(rep.out, "%s", line)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read go test's events: %w", err)
		}
	}
}
