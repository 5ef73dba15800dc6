package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

const begin = "<!-- make faults writes from here -->"

// write puts the timelines into the document, below its mark.
func write(o options, told []timeline) error {
	raw, err := os.ReadFile(o.out)
	if err != nil {
		return err
	}
	head, _, ok := strings.Cut(string(raw), begin)
	if !ok {
		return fmt.Errorf("%s lacks the mark %q", o.out, begin)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s\n\nTried on %s: %d nodes in three zones, %d applications of %d pods, on %d cores that all of it shares.\n",
		head, begin, time.Now().UTC().Format(time.DateOnly), o.nodes, o.apps, o.replicas, runtime.NumCPU())
	for _, t := range told {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| after | what happened |\n|---|---|\n", t.title, t.about)
		for _, line := range t.lines {
			fmt.Fprintf(&b, "| %s |\n", line)
		}
		if len(t.compared) == 0 {
			continue
		}
		b.WriteString("\n| | with the agent | Kubernetes alone |\n|---|---|---|\n")
		for _, c := range t.compared {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", c.what, c.with, c.without)
		}
	}
	return os.WriteFile(o.out, []byte(b.String()), 0o644)
}
