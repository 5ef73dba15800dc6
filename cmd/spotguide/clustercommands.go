package main

import "github.com/spf13/cobra"

// clusterCommands are those that talk to a cluster.
func clusterCommands(g *globals) []*cobra.Command {
	return []*cobra.Command{
		newStatusCommand(g), newSyncCommand(g), newSuspendCommand(g), newResumeCommand(g), newRollbackCommand(g),
		newFollowCommand(g), newUnfollowCommand(g),
	}
}
