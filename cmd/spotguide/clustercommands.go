package main

import "github.com/spf13/cobra"

// addClusterCommands adds the commands that talk to a cluster.
func addClusterCommands(root *cobra.Command, g *globals) {
	root.AddCommand(newStatusCommand(g))
}
