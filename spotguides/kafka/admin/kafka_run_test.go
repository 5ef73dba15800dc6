//go:build kafka

package admin_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// runHelper in the environment makes the test binary carry out the state that is
// in that file; it writes a line to its output for each step.
const (
	runHelper = "SPOTGUIDE_TEST_RUN"
	runSeeds  = "SPOTGUIDE_TEST_SEEDS"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(runHelper); file != "" {
		if err := carryOutFile(context.Background(), file, strings.Split(os.Getenv(runSeeds), ",")); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

func carryOutFile(ctx context.Context, file string, seeds []string) error {
	client, err := admin.Open(admin.Config{Seeds: seeds, Timeout: 5 * time.Second})
	if err != nil {
		return err
	}
	defer client.Close()
	var s admin.State
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return err
	}
	r := admin.Runner{
		Cluster: client, Limits: admin.Limits{MinMoves: 1, MaxMoves: 4, MinRate: s.Pace.Rate, MaxRate: s.Pace.Rate}, Every: 100 * time.Millisecond,
		Keep: func(_ context.Context, s admin.State) error {
			text, err := json.Marshal(s)
			if err == nil {
				err = os.WriteFile(file+".new", text, 0o600)
			}
			if err == nil {
				err = os.Rename(file+".new", file)
			}
			return err
		},
		Tell: func(s admin.State, _ error) { _, _ = os.Stdout.WriteString(string(s.Phase) + "\n") },
	}
	_, err = r.Run(ctx, s)
	return err
}

// configs are what somebody has set of a topic and of broker 1.
func (w *world) configs(topic string) map[string]string {
	w.t.Helper()
	found := map[string]string{}
	topics, err := w.kadm.DescribeTopicConfigs(w.t.Context(), topic)
	if err != nil {
		w.t.Fatal(err)
	}
	brokers, err := w.kadm.DescribeBrokerConfigs(w.t.Context(), 1)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range append(topics, brokers...) {
		for _, setting := range c.Configs {
			if strings.Contains(setting.Key, "replication.throttled") && setting.MaybeValue() != "" && setting.MaybeValue() != "9223372036854775807" {
				found[setting.Key] = setting.MaybeValue()
			}
		}
	}
	return found
}

func (w *world) set(key, value string, brokers []int32, topics ...string) {
	w.t.Helper()
	set := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: key, Value: &value}}
	if value == "" {
		set[0].Op = kadm.DeleteConfig
	}
	if len(brokers) > 0 {
		if _, err := w.kadm.AlterBrokerConfigs(w.t.Context(), set, brokers...); err != nil {
			w.t.Fatal(err)
		}
	}
	if len(topics) > 0 {
		if _, err := w.kadm.AlterTopicConfigs(w.t.Context(), set, topics...); err != nil {
			w.t.Fatal(err)
		}
	}
}

// What an operator has throttled is as before, during a plan and after it.
func (w *world) throttled(t *testing.T) {
	w.t = t
	const leaders, rate = "leader.replication.throttled.replicas", "leader.replication.throttled.rate"
	w.set(leaders, "0:1,1:2", nil, "orders")
	w.set(rate, "104857600", []int32{1})
	want := map[string]string{leaders: "0:1,1:2", rate: "104857600"}
	w.until("the operator's throttles are seen", func() bool { return cmp.Equal(want, w.configs("orders")) })
	s, err := admin.NewState(w.plan(admin.Knowledge{Draining: []int32{4}}, plan.Request{Operation: plan.Drain}), admin.Pace{Moves: 100, Rate: 1 << 20}), error(nil)
	for s.Underway == 0 {
		if s, err = w.client.Step(t.Context(), s); err != nil || s.Finished() {
			t.Fatal(err, s)
		}
	}
	w.until("its own throttles beside them", func() bool {
		now := w.configs("orders")
		return strings.HasPrefix(now[leaders], "0:1,1:2,") && now[rate] == "104857600" && now["follower.replication.throttled.rate"] == "1048576"
	})
	w.carryOut(s)
	w.until("only the operator's throttles", func() bool { return cmp.Equal(want, w.configs("orders")) })
	w.set(leaders, "", nil, "orders")
	w.set(rate, "", []int32{1})
	w.carryOut(admin.NewState(w.plan(admin.Knowledge{New: []int32{4}}, plan.Request{Operation: plan.Add}), admin.Pace{Moves: 100}))
}

// Who carries a plan out is killed in the middle of a copy, and somebody else
// takes it up: nothing is lost, and no throttle left.
func (w *world) resumed(t *testing.T) {
	w.t = t
	w.fill("orders", 16<<10)
	end := w.produce("orders")
	p := w.plan(admin.Knowledge{Draining: []int32{4}}, plan.Request{Operation: plan.Drain, Options: plan.Options{Bounds: plan.Bounds{PerBatch: 6}}})
	file := filepath.Join(t.TempDir(), "state")
	w.keep(file, admin.NewState(p, admin.Pace{Moves: 1, Rate: 16 << 10}))
	first := w.helper(file)
	out, err := first.StdoutPipe()
	if err == nil {
		err = first.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	steps := bufio.NewScanner(out)
	for steps.Scan() {
		if slices.ContainsFunc(w.observe().Partitions, admin.Partition.Reassigning) && len(w.throttles()) > 0 {
			break
		}
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	left, throttles := w.holds(4), w.throttles()
	t.Logf("killed with %d of %d left, under %d throttles", left, p.Cost.Replicas, len(throttles))
	if left == 0 || len(throttles) == 0 {
		t.Fatal("it was not killed in the middle")
	}
	var s admin.State
	if text, err := os.ReadFile(file); err != nil || json.Unmarshal(text, &s) != nil {
		t.Fatal(err)
	}
	s.Pace.Rate = 100 << 20
	w.keep(file, s)
	start := time.Now()
	if out, err := w.helper(file).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("taken up and done in %s", time.Since(start))
	if n := w.holds(4); n > 0 {
		t.Errorf("broker 4 still holds %d", n)
	}
	w.until("no throttle is left", func() bool { return len(w.throttles()) == 0 })
	n := end()
	if got := w.consumed("orders", n); got < n {
		t.Errorf("%d of %d records", got, n)
	}
	w.carryOut(admin.NewState(w.plan(admin.Knowledge{New: []int32{4}}, plan.Request{Operation: plan.Add}), admin.Pace{Moves: 100}))
}

// fill writes records of a kilobyte as fast as it can.
func (w *world) fill(topic string, records int) {
	w.t.Helper()
	for i := range records {
		value := make([]byte, 1024)
		copy(value, fmt.Sprintf("fill%06d", i))
		w.kgo.Produce(w.t.Context(), &kgo.Record{Topic: topic, Value: value}, nil)
	}
	if err := w.kgo.Flush(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) keep(file string, s admin.State) {
	w.t.Helper()
	text, err := json.Marshal(s)
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) helper(file string) *exec.Cmd {
	cmd := exec.CommandContext(w.t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), runHelper+"="+file, runSeeds+"="+strings.Join(w.seeds, ","))
	return cmd
}

func (w *world) letIn(t *testing.T) {
	w.t = t
	text, err := os.ReadFile(filepath.Join(w.dir, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatal("no certificate")
	}
	trusting := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	right := admin.Credentials{Mechanism: "PLAIN", Username: "admin", Password: "admin-secret"}
	secure, open := []string{"127.0.0.1:19301", "127.0.0.1:19302"}, w.seeds[:2]
	for name, test := range map[string]struct {
		config admin.Config
		want   string
	}{
		"right":             {admin.Config{Seeds: secure, TLS: trusting, Credentials: right}, ""},
		"wrong password":    {admin.Config{Seeds: secure, TLS: trusting, Credentials: admin.Credentials{Mechanism: "PLAIN", Username: "admin", Password: "guess"}}, `refuse user "admin"`},
		"wrong mechanism":   {admin.Config{Seeds: secure, TLS: trusting, Credentials: admin.Credentials{Username: "admin", Password: "x"}}, "SCRAM-SHA-512"},
		"unknown authority": {admin.Config{Seeds: secure, TLS: &tls.Config{MinVersion: tls.VersionTLS12}, Credentials: right}, "authority that is not trusted"},
		"no TLS":            {admin.Config{Seeds: secure, Credentials: right}, "tls"},
		"TLS for nothing":   {admin.Config{Seeds: open, TLS: trusting}, "TLS misconfigured"},
	} {
		t.Run(name, func(t *testing.T) {
			test.config.Timeout = 4 * time.Second
			client, err := admin.Open(test.config)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			_, err = client.Observe(t.Context())
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err != nil && (strings.Contains(err.Error(), "guess") || strings.Contains(err.Error(), "admin-secret")) {
				t.Errorf("the error tells the password: %v", err)
			}
			t.Log(err)
		})
	}
}
