// Package simulate says what simulated nodes and their pods do: kwok plays the
// stages, pods choose by annotation. The README of hack/cluster lists them.
package simulate

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"sigs.k8s.io/kwok/kustomize/metrics/resource"
	"sigs.k8s.io/kwok/kustomize/metrics/usage"
	nodefast "sigs.k8s.io/kwok/kustomize/stage/node/fast"
	heartbeat "sigs.k8s.io/kwok/kustomize/stage/node/heartbeat-with-lease"
)

const logs = `apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterLogs
metadata:
  name: simulated
spec:
  logs:
  - logsFile: %q
    follow: false
`

//go:embed stages/*.yaml
var stages embed.FS

// Config is the configuration file for kwok; pods' logs are the content of a file.
func Config(logFile string) []byte {
	documents := []string{
		keptAddress(nodefast.DefaultNodeInit), heartbeat.DefaultNodeHeartbeatWithLease,
		fmt.Sprintf(logs, logFile),
		usage.DefaultUsageFromAnnotation, nodesOwnUsage(resource.DefaultMetricsResource),
	}
	files, err := fs.Glob(stages, "stages/*.yaml")
	if err != nil {
		panic(err) // only the pattern above can be wrong
	}
	for _, file := range files {
		text, err := stages.ReadFile(file)
		if err != nil {
			panic(err) // embedded just above
		}
		documents = append(documents, string(text))
	}
	return []byte(strings.Join(documents, "\n---\n"))
}

// keptAddress lets a node keep its address when it becomes ready again: our nodes
// have no host name among theirs, and kwok's stage would write an empty list for
// want of it.
func keptAddress(stage string) string {
	return strings.Replace(stage, "{{ if or (not $hasInternalIP) (not $hasHostname) }}", "{{ if not $hasInternalIP }}", 1)
}

// nodesOwnUsage adds what the machine itself uses, 50m and 512Mi, to what its
// pods use: metrics-server takes a node that uses nothing for a broken one.
func nodesOwnUsage(metrics string) string {
	return strings.NewReplacer(
		`node.CumulativeUsage("cpu")`, `node.CumulativeUsage("cpu") + 0.05 * node.SinceSecond()`,
		`node.Usage("memory")`, `node.Usage("memory") + 536870912.0`,
	).Replace(metrics)
}
