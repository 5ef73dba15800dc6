package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

//go:generate go test -run TestReference -update

// reference is the page of all commands.
const reference = "../../docs/cli.md"

const referenceHead = "<!-- Written by `make generate` from the commands' own help. -->\n\n" + `# Commands

Data goes to the standard output, messages go to the standard error. Unless a
command says otherwise, its exit code is 0 when it did what it was asked for,
and 1 when it did not.

The binary is a plugin of kubectl, too: ` + "`make install`" + ` puts it on the PATH as
` + "`spotguide`, and as `kubectl-spotguide`" + ` for ` + "`kubectl spotguide`" + `, with
` + "`kubectl_complete-spotguide`" + ` for completion. ` + "`spotguide completion --help`" + ` tells
how to have a shell complete commands, namespaces and applications.

Colours are off without a terminal, with ` + "`--no-color`, with `NO_COLOR`" + ` set, and with
` + "`TERM=dumb`" + `.
`

// The page says what the commands say; -update writes it.
func TestReference(t *testing.T) {
	root := newRootCommand("spotguide")
	var page strings.Builder
	page.WriteString(referenceHead)
	fmt.Fprintf(&page, "\nAll commands take these flags:\n\n```\n%s```\n", flagText(root.PersistentFlags()))
	for _, cmd := range root.Commands() {
		document(&page, cmd)
	}
	if *update {
		if err := os.WriteFile(filepath.FromSlash(reference), []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(filepath.FromSlash(reference))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), page.String()); diff != "" {
		t.Errorf("%s is out of date, run make generate:\n%s", reference, diff)
	}
}

// document writes a command and those below it.
func document(page *strings.Builder, cmd *cobra.Command) {
	if !cmd.IsAvailableCommand() || cmd.Name() == "completion" {
		return // completion explains itself, for each shell at length
	}
	fmt.Fprintf(page, "\n## %s\n\n%s\n", cmd.CommandPath(), longest(cmd))
	if cmd.Runnable() {
		fmt.Fprintf(page, "\n```\n%s\n```\n", strings.TrimSuffix(cmd.UseLine(), " [flags]"))
	}
	if cmd.Example != "" {
		fmt.Fprintf(page, "\nExamples:\n\n```\n%s\n```\n", unindented(cmd.Example))
	}
	if flags := flagText(cmd.NonInheritedFlags()); flags != "" {
		fmt.Fprintf(page, "\nFlags:\n\n```\n%s```\n", flags)
	}
	if formats := strings.Fields(cmd.Annotations[outputsKey]); len(formats) > 0 {
		fmt.Fprintf(page, "\n`-o` takes %s.\n", strings.Join(formats, ", "))
	}
	for _, sub := range cmd.Commands() {
		document(page, sub)
	}
}

func longest(cmd *cobra.Command) string {
	if cmd.Long == "" {
		return cmd.Short + "."
	}
	return cmd.Long
}

func unindented(text string) string {
	return strings.TrimPrefix(strings.ReplaceAll(text, "\n  ", "\n"), "  ")
}

// flagText is the usage of flags but of help, which every command has.
func flagText(flags *pflag.FlagSet) string {
	shown := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" {
			shown.AddFlag(f)
		}
	})
	return shown.FlagUsages()
}
