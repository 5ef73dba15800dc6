package test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func TestSimulated(t *testing.T) {
	c := newCluster(t)
	upSideBySide(c)
	if nodes := c.kubectl("get", "nodes", "-o", "name"); strings.Count(nodes, "node/simulated-") != 3 {
		t.Errorf("nodes:\n%s", nodes)
	}
	c.step("Deployment", (*cluster).testDeployment)
	c.step("Volumes", (*cluster).testVolumes)
	c.step("Faults", (*cluster).testFaults)
	c.step("Metrics", (*cluster).testMetrics)
	c.step("StopNode", (*cluster).testStopSimulated)
	c.step("KilledComponent", (*cluster).testKilledComponent)
	c.must("down")
	if left := c.processes(); len(left) > 0 {
		t.Errorf("still run: %q", left)
	}
	if _, err := os.Stat(c.dir); !os.IsNotExist(err) {
		t.Errorf("folder: %v", err)
	}
}

// upSideBySide is what test packages do that run at the same time.
func upSideBySide(c *cluster) {
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			if out, err := c.run("up", "--nodes", "simulated:3"); err != nil {
				c.t.Errorf("up: %v\n%s", err, out)
			}
		})
	}
	group.Wait()
	if c.t.Failed() {
		c.t.FailNow()
	}
}

func (c *cluster) testDeployment() {
	c.kubectl("create", "deployment", "web", "--image=example.test/web:1", "--replicas=2")
	c.kubectl("rollout", "status", "deployment/web", "--timeout=20s")
	if log := c.kubectl("logs", "deployment/web"); !strings.Contains(log, "simulated") {
		c.t.Errorf("log: %q", log)
	}
	c.kubectl("create", "job", "once", "--image=example.test/job:1")
	c.kubectl("wait", "--for=condition=complete", "job/once", "--timeout=20s")
}

func (c *cluster) testVolumes() {
	c.apply(`{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {
  accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}`)
	c.kubectl("wait", "--for=jsonpath={.status.phase}=Bound", "pvc/data", "--timeout=20s")
	volume := c.kubectl("get", "pvc", "data", "-o", "jsonpath={.spec.volumeName}")
	if _, err := os.Stat(filepath.Join(c.dir, "volumes", volume)); err != nil {
		c.t.Error(err)
	}
	c.kubectl("delete", "pvc", "data")
	c.kubectl("wait", "--for=delete", "pv/"+volume, "--timeout=20s")
}

// faulty is a Deployment whose pods have one annotation.
func faulty(name string) string {
	return `{apiVersion: apps/v1, kind: Deployment, metadata: {name: ` + name + `}, spec: {
  selector: {matchLabels: {app: ` + name + `}}, template: {
    metadata: {labels: {app: ` + name + `}, annotations: {simulate.spotguide.dev/` + name + `: "true"}},
    spec: {containers: [{name: main, image: "example.test/web:1"}]}}}}
---
`
}

func (c *cluster) testFaults() {
	c.apply(faulty("crash") + faulty("not-ready") + faulty("image-pull-error"))
	status := func(app, path string) []string {
		return []string{"get", "pods", "-l", "app=" + app, "-o", "jsonpath={.items[0].status" + path + "}"}
	}
	const container = ".containerStatuses[0]"
	c.eventually(is("CrashLoopBackOff 1 false"), "get", "pods", "-l", "app=crash", "-o",
		"jsonpath={.items[0].status"+container+".state.waiting.reason} {.items[0].status"+container+
			".lastState.terminated.exitCode} {.items[0].status"+container+".ready}")
	c.eventually(func(out string) bool { return out >= "2" }, status("crash", container+".restartCount")...)
	c.eventually(is("ImagePullBackOff"), status("image-pull-error", container+".state.waiting.reason")...)
	c.eventually(is("Running False"), "get", "pods", "-l", "app=not-ready", "-o",
		`jsonpath={.items[0].status.phase} {.items[0].status.conditions[?(@.type=="Ready")].status}`)
	c.kubectl("annotate", "pods", "-l", "app=crash", "simulate.spotguide.dev/crash-")
	c.eventually(is("true"), status("crash", container+".ready")...)
	if out := c.kubectl(status("crash", container+".restartCount")...); out < "1" {
		c.t.Errorf("a recovered pod forgot its restarts: %q", out)
	}
}

func (c *cluster) testMetrics() {
	c.kubectl("patch", "deployment", "web", "-p",
		`{"spec":{"template":{"metadata":{"annotations":{"kwok.x-k8s.io/usage-cpu":"700m"}}}}}`)
	c.kubectl("rollout", "status", "deployment/web", "--timeout=20s")
	c.eventually(holds("70"), "top", "pods", "-l", "app=web", "--no-headers")
	c.eventually(holds("simulated-2"), "top", "nodes", "--no-headers")
}

func (c *cluster) testStopSimulated() {
	c.must("stop-node", "simulated-1")
	c.eventually(is("Unknown"), "get", "node", "simulated-1", "-o",
		`jsonpath={.status.conditions[?(@.type=="Ready")].status}`)
	c.must("start-node", "simulated-1")
	if out, err := c.run("stop-node", "nobody"); err == nil || !strings.Contains(out, `no node "nobody"`) {
		c.t.Errorf("got %v: %s", err, out)
	}
}

// testKilledComponent kills one, sees status say so, and has up start it again.
func (c *cluster) testKilledComponent() {
	data, err := os.ReadFile(filepath.Join(c.dir, "run", "kube-scheduler.json"))
	if err != nil {
		c.t.Fatal(err)
	}
	var record struct{ PID int }
	if err := json.Unmarshal(data, &record); err != nil {
		c.t.Fatal(err)
	}
	if err := syscall.Kill(record.PID, syscall.SIGKILL); err != nil {
		c.t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	if out, err := c.run("status"); err == nil || !strings.Contains(out, "kube-scheduler died") {
		c.t.Errorf("status: %v\n%s", err, out)
	}
	c.must("up", "--nodes", "simulated:3")
	c.must("status")
}

func TestKilledUpLeavesNothing(t *testing.T) {
	for _, after := range []time.Duration{20 * time.Millisecond, 200 * time.Millisecond, 2 * time.Second} {
		c := newCluster(t)
		cmd := exec.Command(program(t), "up", "--dir", c.dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed just now
		c.must("down")
		// one that was started but had not recorded itself ends a little later
		time.Sleep(300 * time.Millisecond)
		if left := c.processes(); len(left) > 0 {
			t.Errorf("killed after %s: still run: %q", after, left)
		}
	}
}

func TestMessages(t *testing.T) {
	c := newCluster(t)
	for _, try := range []struct {
		args []string
		want string
	}{
		{[]string{"up", "--nodes", "many"}, "want simulated:N"},
		{[]string{"up", "--flag", "kube-apiserver"}, "want COMPONENT=--FLAG"},
		{[]string{"up", "--flag", "kubernetes=--v=4"}, `no component "kubernetes"`},
		{[]string{"status"}, "no cluster here"},
		{[]string{"logs", "etcd"}, `no log of "etcd"`},
	} {
		if out, err := c.run(try.args...); err == nil || !strings.Contains(out, try.want) {
			t.Errorf("%q: %v: %s", try.args, err, out)
		}
	}
}
