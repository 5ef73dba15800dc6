package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/render"
)

const renderWorkerName = "render-worker"

// newRenderWorkerCommand is the process that charts and kustomizations are
// rendered in; see package render.
func newRenderWorkerCommand() *cobra.Command {
	return &cobra.Command{
		Use:    renderWorkerName,
		Short:  "Render what the parent process asks for",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return render.RunWorker(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}

// renderWorker is the command that starts such a process.
func renderWorker() ([]string, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return []string{program, renderWorkerName}, nil
}
