// Package analyze tells the monitor how a Kafka cluster of the guide kafka is, in
// figures that rules read:
//
//	brokersAlive       brokers that serve
//	brokersGone        fenced ones, and ones that hold replicas and are not registered
//	offlinePartitions  partitions without a leader
//	underReplicated    partitions with fewer replicas in sync than replicas
//	underMinIsr        partitions below min.insync.replicas, where acks=all fails
//	reassigning        partitions whose replicas are being moved
//	offlineDirs        log directories that a broker has given up
//	diskUsed           share of the fullest volume, 0 to 1
//	brokersEmpty       brokers that serve, are to stay, and hold nothing although
//	                   there is something to hold
//	brokersLeft        brokers that are registered, gone, and hold nothing
//	brokersLeaving     brokers that are to leave and are needed: they hold replicas,
//	                   or are controllers, too
//	brokersRemoved     those of brokersLeft that are not to come back
//	metadataBehind     levels by which all brokers could raise metadata.version
//	brokerGoneSeconds  for how long the broker that holds replicas and is gone for
//	                   longest has been seen to be
//	replicaSkew        the most replicas on a broker that serves, over the average
//	replicaExcess      the most replicas on a broker that serves, less the average
//	leaderSkew         the same of leaders
//
// What brokers do not tell is left out. It also carries out what package heal can
// do for a cluster.
package analyze

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// timeout of one request.
const timeout = 4 * time.Second

// Analyzer is the guide's. It connects anew for each look, so that a password
// that was changed counts at once.
type Analyzer struct {
	away  *away
	tides *tides
}

// New makes one that has not seen any broker go yet.
func New() Analyzer {
	return Analyzer{&away{since: map[application]map[int32]time.Time{}}, &tides{of: map[application]map[plan.ID]*tide{}}}
}

// Analyze implements guide.Analyzer. It gets in as the chart's Secret APP-admin
// says.
func (z Analyzer) Analyze(ctx context.Context, a guide.Analyzed) (map[string]float64, error) {
	client, err := open(ctx, a)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	seen, err := client.Observe(ctx)
	if err != nil {
		return nil, err
	}
	figures := Figures(seen, leaving(a))
	if brokers, known := a.Replicas[a.Application+"-broker"]; known {
		figures["brokersRemoved"] = removed(seen, brokers)
	}
	if r, err := client.Release(ctx, seen.Brokers); err == nil { // else it is not known
		figures["metadataBehind"] = float64(max(0, r.Possible-r.Used))
	}
	figures["brokerGoneSeconds"] = z.away.longest(time.Now(), application{a.Namespace, a.Application}, seen).Seconds()
	return figures, nil
}

func open(ctx context.Context, a guide.Analyzed) (*admin.Client, error) {
	config, err := access(ctx, a)
	if err != nil {
		return nil, err
	}
	return admin.Open(config)
}

// access is how the agent gets in.
func access(ctx context.Context, a guide.Analyzed) (admin.Config, error) {
	c := admin.Config{Timeout: timeout}
	for _, pod := range a.Pods {
		if strings.HasPrefix(pod, a.Application+"-broker-") {
			c.Seeds = append(c.Seeds, fmt.Sprintf("%s.%s-brokers.%s.svc:9092", pod, a.Application, a.Namespace))
		}
	}
	if len(c.Seeds) == 0 {
		return c, errors.New("no broker's pod runs")
	}
	name := a.Application + "-admin"
	secret, err := a.Secret(ctx, name)
	if err != nil {
		return c, fmt.Errorf("who gets into the cluster: %w", err)
	}
	c.Credentials = admin.Credentials{
		Mechanism: string(secret["mechanism"]), Username: string(secret["username"]), Password: string(secret["password"]),
	}
	if c.Credentials.Username != "" && c.Credentials.Password == "" {
		return c, fmt.Errorf("in the namespace, Secret %s has no password", name)
	}
	c.Dial = dial(a)
	if of := string(secret["tlsSecret"]); of != "" {
		c.TLS, err = trust(ctx, a, of)
	}
	return c, err
}

// trust is TLS by the authority that a Secret names, or by the system's where it
// names none.
func trust(ctx context.Context, a guide.Analyzed, name string) (*tls.Config, error) {
	secret, err := a.Secret(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("the brokers' authority: %w", err)
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca := secret["ca.crt"]; len(ca) > 0 {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(ca) {
			return nil, fmt.Errorf("ca.crt of Secret %s holds no certificate in PEM", name)
		}
	}
	return c, nil
}

// dial reaches brokers by their pods: the name before the first dot of the address
// that a broker gives itself is its pod's.
func dial(a guide.Analyzed) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		pod, _, _ := strings.Cut(host, ".")
		return a.Dial(ctx, pod, port)
	}
}
