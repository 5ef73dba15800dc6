package reassignment

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

func small() plan.Plan {
	return plan.Plan{Batches: []plan.Batch{{Moves: []plan.Move{
		{ID: plan.ID{Topic: "orders", Partition: 1}, From: []int32{1, 2}, To: []int32{2, 3}},
		{ID: plan.ID{Topic: "orders"}, From: []int32{1, 2}, To: []int32{1, 3}},
	}}}}
}

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestJob(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "move.json")
	if err := Write(name, small()); err != nil {
		t.Fatal(err)
	}
	job, err := Read(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(small().Assignments(), job.Assignments()); diff != "" {
		t.Error(diff)
	}
	back, err := Read(job.Rollback())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(small().Rollback(), back.Assignments()); diff != "" {
		t.Error(diff)
	}
	if _, err := job.Load(); !errors.Is(err, ErrNotBegun) {
		t.Errorf("got %v", err)
	}
	s := admin.NewState(small(), admin.Pace{Moves: 3})
	if err := job.Save("abc", s); err != nil {
		t.Fatal(err)
	}
	if err := Write(name, small()); err == nil || !strings.Contains(err.Error(), "is being carried out") {
		t.Errorf("written over while it is carried out: %v", err)
	}
	got, err := job.Load()
	if err != nil || got.Cluster != "abc" || job.Changed(got) || got.Pace.Moves != 3 || len(got.Plan.Batches) != 1 {
		t.Errorf("%v %+v", err, got)
	}
	if !back.Changed(got) {
		t.Error("another file is the same")
	}
	s.Phase = admin.Done
	if err := job.Save("abc", s); err != nil {
		t.Fatal(err)
	}
	if got := files(t, dir); !slices.Equal(got, []string{"move.json", "move.rollback.json"}) {
		t.Errorf("left: %v", got)
	}
}

func TestKeepRollback(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "move.json")
	if err := Write(name, small()); err != nil {
		t.Fatal(err)
	}
	job, err := Read(name)
	if err != nil {
		t.Fatal(err)
	}
	moved := []plan.Assignment{{ID: plan.ID{Topic: "orders", Partition: 1}, Replicas: []int32{9}}}
	if err := job.KeepRollback(moved); err != nil {
		t.Error(err)
	}
	if back, err := Read(job.Rollback()); err != nil || cmp.Diff(small().Rollback(), back.Assignments()) != "" {
		t.Errorf("the first way back was lost: %v %v", err, back)
	}
	if err := job.KeepRollback([]plan.Assignment{{ID: plan.ID{Topic: "bills"}}}); err == nil || !strings.Contains(err.Error(), "bills-0 is missing") {
		t.Errorf("got %v", err)
	}
	if err := os.Remove(job.Rollback()); err != nil {
		t.Fatal(err)
	}
	if err := job.KeepRollback(moved); err != nil {
		t.Fatal(err)
	}
	if back, err := Read(job.Rollback()); err != nil || cmp.Diff(moved, back.Assignments()) != "" {
		t.Errorf("%v %v", err, back)
	}
}
