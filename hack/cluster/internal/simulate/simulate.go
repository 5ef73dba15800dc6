// Package simulate says what simulated nodes and their pods do: kwok plays the
// stages, pods choose by annotation. The README of hack/cluster lists them.
package simulate

import (
	"embed"
	"io/fs"
	"strings"

	"sigs.k8s.io/kwok/kustomize/metrics/resource"
	"sigs.k8s.io/kwok/kustomize/metrics/usage"
	nodefast "sigs.k8s.io/kwok/kustomize/stage/node/fast"
	heartbeat "sigs.k8s.io/kwok/kustomize/stage/node/heartbeat-with-lease"
)

//go:embed stages/*.yaml
var stages embed.FS

// Config is the configuration file for kwok.
func Config() []byte {
	documents := []string{
		nodefast.DefaultNodeInit, heartbeat.DefaultNodeHeartbeatWithLease,
		usage.DefaultUsageFromAnnotation, resource.DefaultMetricsResource,
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
