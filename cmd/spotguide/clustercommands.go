package main

import "github.com/spf13/cobra"

// groupCluster are the commands that talk to a cluster.
const groupCluster = "cluster"

func addClusterCommands(root *cobra.Command, g *globals) {
	root.AddGroup(&cobra.Group{ID: groupCluster, Title: "With a cluster:"})
	for _, cmd := range []*cobra.Command{
		newFollowCommand(g), newUnfollowCommand(g), newDiffCommand(g), newStatusCommand(g), newSyncCommand(g),
		newSuspendCommand(g), newResumeCommand(g), newPromoteCommand(g), newRollbackCommand(g), newHistoryCommand(g), newLogsCommand(g), newJournalCommand(g), newApproveCommand(g), newFailoverCommand(g), newFailbackCommand(g), newPlatformCommand(g), newCheckCommand(g),
	} {
		cmd.GroupID = groupCluster
		root.AddCommand(cmd)
	}
	cobra.CheckErr(root.RegisterFlagCompletionFunc("namespace", g.completeNamespaces))
}
