//go:build kafka

package analyze_test

import (
	"context"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/spotguides/kafka/analyze"
)

func cluster(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("../../../hack/kafka/cluster.sh", args...).Output()
	if err != nil {
		t.Fatalf("cluster.sh %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// TestAnalyzerOfRealCluster: what is seen of real brokers as one dies and comes
// back.
func TestAnalyzerOfRealCluster(t *testing.T) {
	t.Setenv("KAFKA_DIR", t.TempDir())
	t.Setenv("KAFKA_PORT", "19390")
	t.Cleanup(func() { cluster(t, "down") })
	seeds := strings.Split(cluster(t, "up"), ",")
	asked := guide.Analyzed{
		Namespace: "shop", Application: "events", Pods: []string{"events-broker-1", "events-controller-0"},
		Dial: func(ctx context.Context, pod, port string) (net.Conn, error) {
			address := net.JoinHostPort("127.0.0.1", port) // as brokers on loopback name themselves
			if pod == "events-broker-1" {
				address = seeds[0]
			}
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		},
		Secret: func(context.Context, string) (map[string][]byte, error) { return nil, nil },
	}
	until := func(what string, want map[string]float64) map[string]float64 {
		t.Helper()
		start := time.Now()
		for {
			figures, err := analyze.New().Analyze(t.Context(), asked)
			as := err == nil
			for name, value := range want {
				got, known := figures[name]
				as = as && known && got == value
			}
			if as {
				t.Logf("%s: seen after %s: %v", what, time.Since(start).Round(time.Second/10), figures)
				return figures
			}
			if time.Since(start) > 10*time.Minute {
				t.Fatalf("%s: not within ten minutes: %v %v", what, figures, err)
			}
			time.Sleep(200 * time.Millisecond)
		}
	}
	well := map[string]float64{"brokersAlive": 4, "brokersGone": 0, "offlinePartitions": 0, "offlineDirs": 0}
	figures := until("four brokers", well)
	if used := figures["diskUsed"]; used <= 0 || used >= 1 {
		t.Errorf("disk used %v", used)
	}
	cluster(t, "kill", "4")
	until("a broker dies", map[string]float64{"brokersAlive": 3, "brokersGone": 1})
	cluster(t, "start", "4")
	until("it comes back", well)
}
