package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/detect"
	"github.com/spotguide/spotguide/render/dockerfile"
	"github.com/spotguide/spotguide/spotguides/guide"
)

func newBuildCommand(*globals) *cobra.Command {
	var opt detect.Options
	var show bool
	cmd := &cobra.Command{
		Use:     "build --print [DIR [APPLICATION]]",
		GroupID: groupOffline,
		Short:   "Show the Dockerfile that an application would be built with",
		Long: `Show the Dockerfile with which the agent would build an application: its own, or
the one that the agent writes for what it is written in. The agent builds in the
cluster, on every new commit; nothing is built here. With build.method ko in
application.yaml no Dockerfile is used.

To change what the agent writes, put it into the repository:
  spotguide build --print > Dockerfile

Exit codes: 0 a Dockerfile was written; 1 none was.`,
		Example: `  spotguide build --print
  spotguide build --print . cart`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !show {
				return errors.New("images are built by the agent; --print shows with what")
			}
			found, err := find(cmd.Context(), folderArgument(args), opt)
			if err != nil {
				return err
			}
			defer found.checkout.Close()
			if err := found.narrow(args); err != nil {
				return err
			}
			return found.dockerfile(cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	detectFlags(cmd, &opt)
	cmd.Flags().BoolVar(&show, "print", false, "write the Dockerfile to standard output")
	return cmd
}

// dockerfile writes that of the only application with source code.
func (f found) dockerfile(out, messages io.Writer) error {
	var built []guide.Match
	var names []string
	for _, m := range f.Matches {
		if m.Stack != nil {
			built, names = append(built, m), append(names, m.App)
		}
	}
	switch len(built) {
	case 0:
		return errors.New("nothing here is built from source: `spotguide detect` says what there is")
	case 1:
	default:
		return fmt.Errorf("several applications are built from source (%s): name one after the folder", strings.Join(names, ", "))
	}
	m := built[0]
	if own := m.Stack.Dockerfile; own != "" {
		text, err := fs.ReadFile(f.checkout.Tree(), path.Join(m.Dir, own))
		if err == nil {
			_, err = out.Write(text)
		}
		return err
	}
	written, err := dockerfile.Write(*m.Stack, m.Dir)
	if err != nil {
		return fmt.Errorf("%s: %w", m.Dir, err)
	}
	for _, notice := range written.Notices {
		fmt.Fprintln(messages, "notice:", table.Line(notice))
	}
	_, err = out.Write(written.Text)
	return err
}
