package reassign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// version is the only one of the format that there is.
const version = 1

// anyDir leaves the choice of a replica's disk to its broker.
const anyDir = "any"

// Entry is one partition of a file and the line it begins on.
type Entry struct {
	plan.Assignment
	Line int
}

// File is a reassignment file.
type File struct {
	// Name is what errors call it.
	Name    string
	Entries []Entry
}

// Assignments are the file's partitions, in its order.
func (f File) Assignments() []plan.Assignment {
	all := make([]plan.Assignment, len(f.Entries))
	for i, e := range f.Entries {
		all[i] = e.Assignment
	}
	return all
}

// Format writes assignments in Kafka's format, sorted by topic and partition.
func Format(w io.Writer, assignments []plan.Assignment) error {
	type line struct {
		Topic     string   `json:"topic"`
		Partition int32    `json:"partition"`
		Replicas  []int32  `json:"replicas"`
		LogDirs   []string `json:"log_dirs"`
	}
	sorted := slices.SortedFunc(slices.Values(assignments), func(a, b plan.Assignment) int { return a.Compare(b.ID) })
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\"version\":%d,\"partitions\":[", version)
	for i, a := range sorted {
		text, err := json.Marshal(line{a.Topic, a.Partition, a.Replicas, slices.Repeat([]string{anyDir}, len(a.Replicas))})
		if err != nil {
			return fmt.Errorf("%s-%d: %w", a.Topic, a.Partition, err)
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString("\n  ")
		out.Write(text)
	}
	out.WriteString("\n]}\n")
	_, err := w.Write(out.Bytes())
	return err
}

// Rollback is what undoes a file: its partitions as the cluster has them now.
// Those that the cluster does not have are left out.
func Rollback(f File, c plan.Cluster) []plan.Assignment {
	wanted := map[plan.ID]bool{}
	for _, e := range f.Entries {
		wanted[e.ID] = true
	}
	var back []plan.Assignment
	for _, p := range c.Partitions {
		if id := (plan.ID{Topic: p.Topic, Partition: p.Number}); wanted[id] {
			back = append(back, plan.Assignment{ID: id, Replicas: slices.Clone(p.Replicas)})
		}
	}
	return back
}

// RollbackName is the name of the file that undoes the one of this name:
// move.json is undone by move.rollback.json.
func RollbackName(name string) string {
	if base, json := strings.CutSuffix(name, ".json"); json {
		return base + ".rollback.json"
	}
	return name + ".rollback"
}
