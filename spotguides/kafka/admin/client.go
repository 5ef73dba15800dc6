package admin

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Config says how to reach a cluster.
type Config struct {
	// Seeds are the addresses of some brokers, host:port.
	Seeds []string
	// ClusterID is the cluster that is meant; another one is refused. Empty: any.
	ClusterID string
	// Timeout bounds one request, 10 seconds unless given.
	Timeout time.Duration
	// TLS is how connections are encrypted; nil for not at all.
	TLS *tls.Config
	// Dial connects to host:port; nil for as the system does. TLS is laid over what
	// it returns.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Credentials are who the client logs in as.
	Credentials Credentials
	// Options are further options of the client.
	Options []kgo.Opt
}

const defaultTimeout = 10 * time.Second

// Client is a connection to a cluster; it is safe for concurrent use.
type Client struct {
	config Config
	kgo    *kgo.Client
	admin  *kadm.Client
}

// Open makes a client. Nothing is sent yet.
func Open(c Config) (*Client, error) {
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	c.Credentials.Mechanism = cmp.Or(strings.ToUpper(c.Credentials.Mechanism), ScramSHA512)
	options, err := c.options()
	if err != nil {
		return nil, fmt.Errorf("kafka client for %v: %w", c.Seeds, err)
	}
	client, err := kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(c.Seeds...), kgo.ClientID("spotguide"), kgo.RetryTimeout(c.Timeout), kgo.DialTimeout(c.Timeout / 2),
		// A broker that does not answer is given up in time to ask another one.
		kgo.RequestTimeoutOverhead(max(c.Timeout/4, time.Second/4)), kgo.MetadataMinAge(time.Second / 4),
	}, options...)...)
	if err != nil {
		return nil, fmt.Errorf("kafka client for %v: %w", c.Seeds, err)
	}
	admin := kadm.NewClient(client)
	admin.SetTimeoutMillis(int32((c.Timeout / 4).Milliseconds()))
	return &Client{config: c, kgo: client, admin: admin}, nil
}

// Close ends the client's connections.
func (c *Client) Close() { c.kgo.Close() }

// WrongClusterError tells that the brokers belong to another cluster.
type WrongClusterError struct{ Want, Got string }

func (e *WrongClusterError) Error() string {
	return fmt.Sprintf("these are brokers of cluster %q, and %q is meant: nothing is done to it", e.Got, e.Want)
}

// ask makes one request within the timeout.
func ask[T any](ctx context.Context, c *Client, request func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	answer, err := request(ctx)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
		err = fmt.Errorf("no answer within %s: %w", c.config.Timeout, err)
	}
	return answer, refusedAccess(c.config, err)
}

// metadata are the brokers alive and these topics, or all of them if none is
// named.
func (c *Client) metadata(ctx context.Context, topics ...string) (kadm.Metadata, error) {
	m, err := ask(ctx, c, func(ctx context.Context) (kadm.Metadata, error) { return c.admin.Metadata(ctx, topics...) })
	if err != nil {
		return m, fmt.Errorf("metadata from %v: %w", c.config.Seeds, err)
	}
	if want := c.config.ClusterID; want != "" && m.Cluster != want {
		return m, &WrongClusterError{Want: want, Got: m.Cluster}
	}
	return m, nil
}

// Unregister makes a cluster forget a broker that is gone for good. One that is
// alive cannot be unregistered.
func (c *Client) Unregister(ctx context.Context, broker int32) error {
	brokers, err := c.brokers(ctx)
	if err != nil {
		return fmt.Errorf("unregister broker %d: %w", broker, err)
	}
	for _, b := range brokers {
		if b.ID == broker && !b.Fenced {
			return fmt.Errorf("unregister broker %d: it is alive; stop it first", broker)
		}
	}
	request := kmsg.NewPtrUnregisterBrokerRequest()
	request.BrokerID = broker
	answer, err := ask(ctx, c, func(ctx context.Context) (*kmsg.UnregisterBrokerResponse, error) {
		return request.RequestWith(ctx, c.kgo)
	})
	if err == nil {
		err = kerr.ErrorForCode(answer.ErrorCode)
	}
	if err != nil {
		return fmt.Errorf("unregister broker %d: %w", broker, err)
	}
	return nil
}
