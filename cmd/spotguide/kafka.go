package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/brokers"
	"github.com/spotguide/spotguide/spotguides/kafka/admin"
)

const kafkaHelp = `Look after a Kafka cluster by its own admin protocol: any cluster, whether it runs
in Kubernetes or not. Nothing is asked of Kubernetes unless a Secret is named.

A plan is a partition reassignment file in Kafka's own format, which can be
reviewed and edited, with the file that rolls it back beside it:

  spotguide kafka plan --drain 4 --file move.json
  spotguide kafka run move.json
  spotguide kafka rollback move.json`

// kafkaFlags say which Kafka cluster is meant, and how it is reached.
type kafkaFlags struct {
	*globals
	brokers.Access
	secret  string
	timeout time.Duration
}

func newKafkaCommand(g *globals) *cobra.Command {
	k := &kafkaFlags{globals: g}
	cmd := &cobra.Command{
		Use:   "kafka",
		Short: "Plan and carry out what keeps a Kafka cluster balanced",
		Long:  kafkaHelp,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := cmd.PersistentFlags()
	f.StringSliceVar(&k.Bootstrap, "bootstrap", nil, "`addresses` of some brokers, HOST:PORT")
	f.StringVar(&k.ClusterID, "cluster-id", "", "`id` of the cluster that is meant; another one is refused")
	f.DurationVar(&k.timeout, "timeout", 10*time.Second, "how long to wait for one answer")
	f.StringVar(&k.secret, "secret", "", "`name` of a Secret with any of bootstrap, username, password, mechanism, ca.crt, tls.crt, tls.key")
	f.BoolVar(&k.TLS, "tls", false, "encrypt; a file of certificates asks for that, too")
	f.StringVar(&k.CAFile, "ca", "", "`file` with the authorities to trust; the system's unless given")
	f.StringVar(&k.CertFile, "cert", "", "`file` with the client's certificate")
	f.StringVar(&k.KeyFile, "key", "", "`file` with the key of --cert")
	f.StringVar(&k.User, "user", "", "`name` to log in with")
	f.StringVar(&k.PasswordFile, "password-file", "", "`file` with the password; $KAFKA_PASSWORD unless given")
	f.StringVar(&k.Mechanism, "mechanism", "", "how to log in: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, which is what is taken unless given")
	cmd.AddCommand(newKafkaPlanCommand(k), newKafkaRunCommand(k), newKafkaRollbackCommand(k), newKafkaCancelCommand(k),
		newKafkaStatusCommand(k), newKafkaTopologyCommand(k), newKafkaKeepCommand(k))
	return cmd
}

// open makes a client of the cluster that is meant.
func (k *kafkaFlags) open(ctx context.Context) (*admin.Client, error) {
	var secret map[string][]byte
	if k.secret != "" {
		client, namespace, err := k.reach()
		if err != nil {
			return nil, err
		}
		found, err := client.CoreV1().Secrets(namespace).Get(ctx, k.secret, metav1.GetOptions{})
		if err != nil {
			return nil, fmt.Errorf("credentials: %w", err)
		}
		secret = found.Data
	}
	config, err := k.Config(secret, os.Getenv)
	if err != nil {
		return nil, &usageError{err}
	}
	config.Timeout = k.timeout
	return admin.Open(config)
}

// observe opens a client and looks at the cluster. Close the client.
func (k *kafkaFlags) observe(ctx context.Context) (*admin.Client, admin.Observation, error) {
	client, err := k.open(ctx)
	if err != nil {
		return nil, admin.Observation{}, err
	}
	seen, err := client.Observe(ctx)
	if err != nil {
		client.Close()
		return nil, admin.Observation{}, err
	}
	return client, seen, nil
}

// bytesFlag is a number of bytes, written as 50M or 50Mi.
type bytesFlag int64

func (b *bytesFlag) String() string { return showBytes(int64(*b)) }

func (b *bytesFlag) Set(text string) error {
	q, err := resource.ParseQuantity(text)
	if err != nil || q.Sign() < 0 {
		return fmt.Errorf("%q is no number of bytes: write 50M or 50Mi", text)
	}
	*b = bytesFlag(q.Value())
	return nil
}

func (b *bytesFlag) Type() string { return "bytes" }

// showBytes writes a number of bytes for a person.
func showBytes(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/1024, 0
	for value >= 1024 {
		value, unit = value/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", value, units[unit])
}

// joinIDs joins numbers.
func joinIDs(ids []int32) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = fmt.Sprint(id)
	}
	return strings.Join(texts, ",")
}
