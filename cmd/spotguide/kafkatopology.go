package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/terminal"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/topology"
)

func newKafkaTopologyCommand(k *kafkaFlags) *cobra.Command {
	internal := false
	cmd := &cobra.Command{
		Use:   "topology",
		Short: "Show who writes and reads which topic",
		Long: `Show the topics of a cluster with who writes and reads them: producers that have
written lately, principals that may, consumer groups with their members' client ids,
and by how many records they are behind. -o dot is for Graphviz.`,
		Example: `  spotguide kafka topology --bootstrap kafka:9092
  spotguide kafka topology --bootstrap kafka:9092 -o dot | dot -Tsvg >kafka.svg`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := k.open(cmd.Context())
			if err != nil {
				return err
			}
			defer client.Close()
			seen, err := client.Topology(cmd.Context())
			if err != nil {
				return err
			}
			tell(cmd.ErrOrStderr(), seen.Problems)
			graph := topology.New(seen, internal)
			switch k.output {
			case "json", "yaml":
				return encode(cmd.OutOrStdout(), k.output, graph)
			case "dot":
				return graph.Dot(cmd.OutOrStdout())
			}
			return graph.Text(cmd.OutOrStdout(), terminal.Look(cmd.OutOrStdout(), k.noColor), time.Now())
		},
	}
	outputs(cmd, "text", "dot", "json", "yaml")
	cmd.Flags().BoolVar(&internal, "internal", false, "Kafka's own topics, too")
	return cmd
}
