package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/spotguide/spotguide/test/controlplane"
)

// Each testdata/accepted/*.txtar gives what was rendered to kubectl, with the
// server's dry run:
//
//	kubectl ARGUMENT...  kubectl in the script's namespace, reading the last output
func TestRenderedIsAccepted(t *testing.T) {
	kubeconfig := controlplane.Kubeconfig(t)
	namespace := controlplane.Namespace(t, controlplane.Config(t), nil)
	program, err := filepath.Abs("../../bin/cluster")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/accepted",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("KUBECONFIG", kubeconfig)
			e.Setenv("NS", namespace)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"kubectl": func(ts *testscript.TestScript, neg bool, args []string) {
				cmd := exec.CommandContext(t.Context(), program, append([]string{"kubectl", "-n", namespace}, args...)...)
				cmd.Stdin = strings.NewReader(ts.ReadFile("stdout"))
				cmd.Env = append(cmd.Environ(), "KUBECONFIG="+kubeconfig)
				cmd.Stdout, cmd.Stderr = ts.Stdout(), ts.Stderr()
				if err := cmd.Run(); (err != nil) != neg {
					ts.Fatalf("kubectl %s: %v", strings.Join(args, " "), err)
				}
			},
		},
	})
}
