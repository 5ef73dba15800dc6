package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/spotguides/guide/schema"
)

func newSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "schema KIND",
		GroupID: groupOffline,
		Short:   "Write the JSON Schema of a descriptor, for editors",
		Long: `Write the JSON Schema of a kind of descriptor: Application, Environment, Monitor
or SLA. Editors that use the YAML language server take it from a first line:

  # yaml-language-server: $schema=environment.json`,
		Example:   `  spotguide schema environment > environment.json`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: lower(schema.Kinds()),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := schema.Of(args[0])
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(data)
			return err
		},
	}
}

func lower(words []string) []cobra.Completion {
	var all []cobra.Completion
	for _, word := range words {
		all = append(all, strings.ToLower(word))
	}
	return all
}
