package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/reassignment"
	"github.com/spotguide/spotguide/spotguides/kafka/heal"
)

func newKafkaKeepCommand(k *kafkaFlags) *cobra.Command {
	var p heal.Policy
	var pace paceFlags
	file := ""
	cmd := &cobra.Command{
		Use:   "keep",
		Short: "Keep a cluster whole and even until it is stopped",
		Long: `Look after a cluster until it is stopped, one thing at a time, and tell what is done
and why:

  - a broker that is gone for longer than --gone loses its replicas to the others,
    racks kept; away for less, it is waited for;
  - brokers of --drain are emptied; others that hold nothing are filled;
  - brokers that hold nothing and are gone for longer than --forget are unregistered;
  - leaders go back, and what is uneven by --imbalance is evened out, once the cluster
    has been whole for --settle.

Nothing is done while half of the brokers are gone, or while somebody else moves
replicas. What is being done is kept in the file of --state: killed at any moment,
the command goes on from there.`,
		Example: `  spotguide kafka keep --bootstrap kafka:9092 --state kafka.state
  spotguide kafka keep --bootstrap kafka:9092 --state kafka.state --gone 10m --throttle 50M --drain 5`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return &usageError{errors.New("--state is missing: a file to keep in what is being done")}
			}
			kept, err := readKept(file)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			client, err := k.open(ctx)
			if err != nil {
				return err
			}
			defer client.Close()
			keeper := heal.Keeper{
				Client: client, Policy: p, Every: pace.every,
				Save: func(kept heal.Kept) error {
					text, err := json.Marshal(kept)
					if err != nil {
						return err
					}
					return reassignment.Replace(file, text)
				},
				Tell: func(message string) {
					fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", time.Now().UTC().Format(time.RFC3339), message)
				},
			}
			keeper.Pace, keeper.Limits = pace.start()
			return keeper.Run(ctx, kept)
		},
	}
	outputs(cmd)
	pace.register(cmd)
	f := cmd.Flags()
	f.StringVar(&file, "state", "", "`file` to keep in what is being done")
	f.DurationVar(&p.Gone, "gone", 10*time.Minute, "how long a broker may be away")
	f.DurationVar(&p.Forget, "forget", 24*time.Hour, "how long a broker that holds nothing may be away; 0 is for ever")
	f.DurationVar(&p.Settle, "settle", 5*time.Minute, "how long the cluster has to be whole before it is evened out")
	f.Float64Var(&p.Imbalance, "imbalance", 1.2, "how many `times` the average of replicas a broker may hold; 0 is any")
	f.Int32SliceVar(&p.Draining, "drain", nil, "`ids` of brokers to empty")
	return cmd
}

func readKept(file string) (heal.Kept, error) {
	var kept heal.Kept
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return kept, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	if err != nil {
		return kept, fmt.Errorf("%s: %w", file, err)
	}
	return kept, nil
}
