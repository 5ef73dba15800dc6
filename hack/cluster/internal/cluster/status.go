package cluster

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/hack/cluster/internal/process"
)

// Status prints a line for each process and each node, and the last lines of
// what died. It says whether everything runs.
func Status(ctx context.Context, l Layout, out io.Writer) (allRun bool, err error) {
	settings, err := l.readSettings()
	if err != nil {
		return false, err
	}
	records, err := process.ReadRecords(l.Records())
	if err != nil {
		return false, err
	}
	var dead []process.Record
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "COMPONENT\tPROCESS\tMEMORY\tSTATE")
	for _, r := range records {
		state, memory := "runs", memoryMiB(r.PID)
		if !r.Alive() {
			state, memory = "DEAD", "-"
			dead = append(dead, r)
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\n", r.Name, r.PID, memory, state)
	}
	table.Flush()
	for _, r := range dead {
		fmt.Fprintf(out, "\n%s died; its last lines:\n%s\n", r.Name,
			process.Tail(filepath.Join(l.Logs(), r.Name+".log"), 10))
	}
	if err := l.printNodes(ctx, settings, out); err != nil {
		return false, err
	}
	fmt.Fprintf(out, "\nKUBECONFIG=%s\nthis machine, as real nodes' pods see it: %s\n",
		l.Kubeconfig(), settings.Network.Host())
	return len(dead) == 0 && len(records) > 0, nil
}

// printNodes says so where the API server cannot be asked: that is a status too.
func (l Layout) printNodes(ctx context.Context, settings Settings, out io.Writer) error {
	client, err := l.client()
	if err != nil {
		return err
	}
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		fmt.Fprintf(out, "\nnodes: cannot be asked for: %v\n", err)
		return nil
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\nNODE\tZONE\tSTATE")
	for _, node := range nodes.Items {
		state := "not ready"
		if isReady(node) {
			state = "ready"
		}
		if slices.Contains(settings.Stopped, node.Name) {
			state += ", stopped by stop-node"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", node.Name, node.Labels[corev1.LabelTopologyZone], state)
	}
	return table.Flush()
}

// memoryMiB reads the process's share of memory: what all the components have
// in common, their one program, is divided by their number. It is "-" where the
// process has just ended.
func memoryMiB(pid int) string {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/smaps_rollup")
	if err != nil {
		return "-"
	}
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, "Pss:"); ok {
			kib, err := strconv.Atoi(strings.Fields(value)[0])
			if err != nil {
				return "-"
			}
			return fmt.Sprintf("%d MiB", kib/1024)
		}
	}
	return "-"
}
