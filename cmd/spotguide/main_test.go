package main

import (
	"context"
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what commands print as what scripts compare with")

func TestMain(m *testing.M) {
	program := func() { os.Exit(run(context.Background(), os.Args)) }
	testscript.Main(m, map[string]func(){"spotguide": program, "kubectl-spotguide": program, "kubectl_complete-spotguide": program})
}

// Each testdata/script/*.txtar is a person at a terminal, without a cluster.
func TestOffline(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("KUBECONFIG", "nowhere")
			e.Setenv("GORACE", "atexit_sleep_ms=0") // else each command lasts a second longer
			return nil
		},
	})
}
