//go:build kafka

package main

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Each testdata/kafka/*.txtar is a person at a terminal, with a real cluster of
// four brokers that has a topic orders of 12 partitions.
func TestKafka(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("KAFKA_DIR", dir)
	t.Setenv("KAFKA_PORT", "19390")
	cluster := func(args ...string) string {
		out, err := exec.Command("../../hack/kafka/cluster.sh", args...).Output()
		if err != nil {
			t.Fatalf("cluster.sh %v: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	t.Cleanup(func() { cluster("down") })
	bootstrap := cluster("up")
	fillKafka(t, strings.Split(bootstrap, ","))
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/kafka",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("KUBECONFIG", "nowhere")
			e.Setenv("GORACE", "atexit_sleep_ms=0")
			e.Setenv("BOOTSTRAP", bootstrap)
			e.Setenv("SECURE", "127.0.0.1:19401")
			e.Setenv("CA", filepath.Join(dir, "ca.crt"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// interrupt FILE runs a file and kills that with SIGKILL once something
			// is being copied.
			"interrupt": func(ts *testscript.TestScript, _ bool, args []string) { interrupt(ts, bootstrap, args[0]) },
		},
	})
}

func fillKafka(t *testing.T, seeds []string) {
	client, err := kgo.NewClient(kgo.SeedBrokers(seeds...), kgo.ClientID("shop"), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	for start := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		brokers, err := admin.ListBrokers(ctx)
		cancel()
		if err == nil && len(brokers) == 4 {
			break
		}
		if time.Since(start) > 10*time.Minute {
			t.Fatalf("four brokers: %v, %v", brokers, err)
		}
	}
	if _, err := admin.CreateTopic(t.Context(), 12, 3, nil, "orders"); err != nil {
		t.Fatal(err)
	}
	random := rand.NewChaCha8([32]byte{}) // what does not shrink when it is compressed
	for range 12 << 10 {
		value := make([]byte, 1024)
		_, _ = random.Read(value)
		client.Produce(t.Context(), &kgo.Record{Topic: "orders", Value: value}, nil)
	}
	if err := client.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	acl := kadm.NewACLs().Topics("ord").ResourcePatternType(kadm.ACLPatternPrefixed).Operations(kadm.OpWrite).Allow("User:shop").AllowHosts()
	if _, err := admin.CreateACLs(t.Context(), acl); err != nil {
		t.Fatal(err)
	}
	group := kadm.Offsets{}
	group.AddOffset("orders", 0, 0, -1)
	if err := admin.CommitAllOffsets(t.Context(), "billing", group); err != nil {
		t.Fatal(err)
	}
}

// interrupt runs a file slowly in another process, and kills it.
func interrupt(ts *testscript.TestScript, bootstrap, file string) {
	cmd := exec.Command("spotguide", "kafka", "run", file, "--bootstrap", bootstrap, "--throttle", "16Ki", "--moves", "2", "--every", "100ms")
	for _, place := range filepath.SplitList(ts.Getenv("PATH")) {
		if program := filepath.Join(place, "spotguide"); cmd.Err != nil || cmd.Path == "spotguide" {
			if _, err := os.Stat(program); err == nil {
				cmd.Path, cmd.Err = program, nil
			}
		}
	}
	cmd.Dir = ts.Getenv("WORK")
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	text, buffer := "", make([]byte, 4096)
	for !strings.Contains(text, " being copied") || strings.Contains(text, " 0 being copied") && !strings.Contains(text, "1 being copied") {
		n, err := out.Read(buffer)
		text += string(buffer[:n])
		if err != nil {
			ts.Fatalf("it ended before it was killed: %v\n%s", err, text)
		}
	}
	ts.Check(syscall.Kill(cmd.Process.Pid, syscall.SIGKILL))
	_ = cmd.Wait()
	ts.Logf("killed %s", strconv.Itoa(cmd.Process.Pid))
}
