package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spotguide/spotguide/hack/cluster/internal/image"
)

const web = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: web}}}
      tolerations:
      - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 2}
      - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 2}
      containers:
      - name: main
        image: example.test/busybox:1
        command: [sh, -c, "echo hello from $HOSTNAME | tee /tmp/index.html; exec httpd -f -p 8080 -h /tmp"]
        readinessProbe: {httpGet: {port: 8080, path: /index.html}, periodSeconds: 1}
        volumeMounts: [{name: tmp, mountPath: /tmp}]
      volumes: [{name: tmp, emptyDir: {}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`

// TestReal needs root and what real nodes need, and Debian's busybox-static.
func TestReal(t *testing.T) {
	if testing.Short() || os.Geteuid() != 0 {
		t.Skip("real nodes need root")
	}
	for _, program := range []string{"containerd", "runc", "/usr/lib/cni/bridge", "iptables", "ip", "busybox"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("real nodes need %s (cluster up --install installs all but busybox-static)", program)
		}
	}
	c := newCluster(t)
	c.must("up", "--nodes", "real:2")
	c.must("load-image", busybox(t))
	c.apply(web)
	c.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
	c.step("Services", (*cluster).testServices)
	c.step("StopNode", (*cluster).testStopReal)
	c.must("down")
	c.testNothingLeft()
}

func busybox(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	links := map[string]string{}
	for _, name := range []string{"sh", "httpd", "wget", "tee"} {
		links["/bin/"+name] = "busybox"
	}
	file := filepath.Join(t.TempDir(), "busybox.tar")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	i := image.Image{Reference: "example.test/busybox:1", Files: map[string][]byte{"/bin/busybox": program}, Links: links}
	if err := i.Write(out); err != nil {
		t.Fatal(err)
	}
	return file
}

// testServices goes by DNS and kube-proxy from a pod to pods on both nodes,
// and uses what kubectl needs the kubelet for.
func (c *cluster) testServices() {
	pod := strings.Fields(c.kubectl("get", "pods", "-o", "name"))[0]
	if log := c.kubectl("logs", pod); !strings.Contains(log, "hello from web-") {
		c.t.Errorf("log: %q", log)
	}
	answers := map[string]bool{}
	for range 40 {
		answers[c.kubectl("exec", pod, "--", "wget", "-qO-", "http://web.default.svc.cluster.local/index.html")] = true
		if len(answers) == 4 {
			return
		}
	}
	c.t.Errorf("not every pod answered: %v", answers)
}

func (c *cluster) testStopReal() {
	c.must("stop-node", "node-1")
	nodes := []string{"get", "pods", "-l", "app=web", "--field-selector", "status.phase=Running", "-o", "wide", "--no-headers"}
	c.eventually(func(out string) bool {
		return strings.Count(out, "1/1") >= 4 && strings.Count(out, "node-2 ") >= 4
	}, nodes...)
	if stuck := c.kubectl("get", "pods", "--no-headers"); !strings.Contains(stuck, "Terminating") {
		c.t.Errorf("a dead machine cannot say that its pods have ended:\n%s", stuck)
	}
	c.must("start-node", "node-1")
	c.eventually(func(out string) bool { return !strings.Contains(out, "Terminating") }, "get", "pods", "--no-headers")
}

// testNothingLeft looks at all the places outside of the cluster's folder.
func (c *cluster) testNothingLeft() {
	c.t.Helper()
	time.Sleep(100 * time.Millisecond)
	if left := c.processes(); len(left) > 0 {
		c.t.Errorf("still run: %q", left)
	}
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		c.t.Fatal(err)
	}
	if strings.Contains(string(mounts), c.dir) {
		c.t.Errorf("still mounted:\n%s", mounts)
	}
}
