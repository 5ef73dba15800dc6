package main

import (
	"os"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	"sigs.k8s.io/yaml"
)

// TestKoFlags: what the agent's Jobs call is what this program understands.
func TestKoFlags(t *testing.T) {
	raw, err := os.ReadFile("../../agent/build/testdata/job-ko.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var job batchv1.Job
	if err := yaml.Unmarshal(raw, &job); err != nil {
		t.Fatal(err)
	}
	pod, called := job.Spec.Template.Spec, 0
	for _, c := range append(pod.InitContainers, pod.Containers...) {
		if len(c.Args) == 0 {
			continue
		}
		called++
		cmd, rest, err := newRootCommand("spotguide").Find(c.Args)
		if err != nil || !cmd.Runnable() || cmd.Parent().Name() != "ko" {
			t.Fatalf("%s: %v is no command (%v)", c.Name, c.Args, err)
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
	if called != 2 {
		t.Errorf("%d commands, want fetch and push", called)
	}
}
