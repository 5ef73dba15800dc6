// Package reassignment carries reassignment files out: move.json, with
// move.rollback.json, the way back, and move.progress.json, how far it has got,
// beside it. The progress is what makes it possible to take a file up again in
// another process, and it goes away with the end.
package reassignment

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
	"github.com/spotguide/spotguide/spotguides/kafka/reassign"
)

// Job is a reassignment file.
type Job struct {
	reassign.File
	sum string
}

// Read reads and parses a file.
func Read(name string) (Job, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return Job{}, err
	}
	file, err := reassign.Parse(name, text)
	sum := sha256.Sum256(text)
	return Job{File: file, sum: hex.EncodeToString(sum[:])}, err
}

// Write writes the file of a plan and its rollback. Files that are there are
// replaced, unless they are being carried out.
func Write(name string, p plan.Plan) error {
	if _, err := os.Stat(progressName(name)); err == nil {
		return fmt.Errorf("%s is being carried out: end that with run or cancel, or choose another name", name)
	}
	// The way back is there before what it leads back from.
	if err := format(reassign.RollbackName(name), p.Rollback()); err != nil {
		return err
	}
	return format(name, p.Assignments())
}

// Rollback is the file that undoes the job.
func (j Job) Rollback() string { return reassign.RollbackName(j.Name) }

// KeepRollback makes sure that there is a way back from all that the job moves.
func (j Job) KeepRollback(before []plan.Assignment) error {
	back, err := Read(j.Rollback())
	if errors.Is(err, fs.ErrNotExist) {
		return format(j.Rollback(), before)
	}
	if err != nil {
		return err
	}
	there := map[plan.ID]bool{}
	for _, e := range back.Entries {
		there[e.ID] = true
	}
	for _, a := range before {
		if !there[a.ID] {
			return fmt.Errorf("%s is no rollback of %s: %s-%d is missing in it; move it away, and a new one is written", j.Rollback(), j.Name, a.Topic, a.Partition)
		}
	}
	return nil
}

// Progress is how far a job has got.
type Progress struct {
	// Sum is that of the file that was begun with.
	Sum string `json:"sum"`
	// Cluster is the id of the one it is carried out in.
	Cluster string `json:"cluster"`
	admin.State
}

// ErrNotBegun says that nothing of a job was done, or all of it.
var ErrNotBegun = errors.New("it is not being carried out")

// Load reads how far the job has got.
func (j Job) Load() (Progress, error) {
	var p Progress
	text, err := os.ReadFile(progressName(j.Name))
	if errors.Is(err, fs.ErrNotExist) {
		return p, fmt.Errorf("%s: %w", j.Name, ErrNotBegun)
	}
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		return p, fmt.Errorf("%s: %w", progressName(j.Name), err)
	}
	return p, nil
}

// Changed tells whether the file is another one than what was begun.
func (j Job) Changed(p Progress) bool { return p.Sum != j.sum }

// Save writes down how far the job has got, or removes that when it is at its end.
func (j Job) Save(cluster string, s admin.State) error {
	name := progressName(j.Name)
	if s.Finished() {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	text, err := json.Marshal(Progress{Sum: j.sum, Cluster: cluster, State: s})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return Replace(name, text)
}

func progressName(name string) string {
	return strings.TrimSuffix(name, ".json") + ".progress.json"
}

func format(name string, assignments []plan.Assignment) error {
	var out bytes.Buffer
	if err := reassign.Format(&out, assignments); err != nil {
		return err
	}
	return Replace(name, out.Bytes())
}

// Replace writes a file in a way that a crash leaves the old or the new one.
func Replace(name string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}
