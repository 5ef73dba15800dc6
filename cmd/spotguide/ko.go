package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/agent/build/ko"
)

// newKoCommand is what the containers of builds by method ko run.
func newKoCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "ko", Short: "Fetch and push in a build by method ko", Hidden: true, Args: cobra.NoArgs}
	cmd.AddCommand(newKoFetchCommand(), newKoPushCommand())
	return cmd
}

// koFlags are those of both commands.
func koFlags(cmd *cobra.Command, dir *string, cache *ko.Cache) {
	cmd.Flags().StringVar(dir, "dir", "", "folder of the build")
	cmd.Flags().StringVar(&cache.Image, "cache", "", "image that holds what builds leave for the next one")
	cmd.Flags().BoolVar(&cache.Insecure, "insecure", false, "reach the registry over plain HTTP")
}

func newKoFetchCommand() *cobra.Command {
	var dir, source string
	var cache ko.Cache
	cmd := &cobra.Command{
		Use: "fetch", Short: "Fetch the source and the cache", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return ko.Fetch(cmd.Context(), source, dir, cache, cmd.ErrOrStderr())
		},
	}
	koFlags(cmd, &dir, &cache)
	cmd.Flags().StringVar(&source, "source", "", "address of the source, a tar")
	return cmd
}

func newKoPushCommand() *cobra.Command {
	var dir string
	var cache ko.Cache
	var image ko.Image
	cmd := &cobra.Command{
		Use: "push -- [ARG...]", Short: "Push the compiled program and the cache",
		RunE: func(cmd *cobra.Command, args []string) error {
			image.Args, image.Insecure = args, cache.Insecure
			digest, err := ko.Push(cmd.Context(), dir, image)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "pushed %s@%s\n", image.Tag, digest)
			if err := cache.Keep(cmd.Context(), dir); err != nil { // the image is there
				fmt.Fprintf(cmd.ErrOrStderr(), "the cache is not kept: %v\n", err)
			}
			return nil
		},
	}
	koFlags(cmd, &dir, &cache)
	f := cmd.Flags()
	f.StringVar(&image.Program, "program", "", "compiled program, relative to the source")
	f.StringVar(&image.Base, "base", "", "base image")
	f.StringVar(&image.Tag, "image", "", "image to push, with its tag")
	f.Int32Var(&image.Port, "port", 0, "port that it listens on")
	return cmd
}
