package cgroup

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// processes lists all in the group. A process is in a group of each hierarchy,
// but not in the same: all are asked.
func (g Group) processes() []int {
	var pids []int
	for _, h := range g.hierarchies {
		for _, dir := range below(filepath.Join(h, g.Name)) {
			data, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
			if err != nil {
				continue // removed meanwhile
			}
			for field := range strings.FieldsSeq(string(data)) {
				// 0 is a process of another process namespace: not ours to end
				if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
					pids = append(pids, pid)
				}
			}
		}
	}
	slices.Sort(pids)
	return slices.Compact(pids)
}

// Remove removes the group, which must hold no process any more.
func (g Group) Remove() error {
	for _, h := range slices.Concat(g.hierarchies, g.beside) {
		dirs := below(filepath.Join(h, g.Name))
		slices.Reverse(dirs)
		for _, dir := range dirs {
			if err := removeSoon(dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeSoon tries again for a while: the kernel lets go of a group only some
// time after its last process ended.
func removeSoon(dir string) error {
	var err error
	for range 50 {
		if err = os.Remove(dir); err == nil || os.IsNotExist(err) {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("remove control group: %w", err)
}

// below lists the folder and all folders in it, parents first; what vanishes
// during the walk is left out.
func below(root string) []string {
	var dirs []string
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			dirs = append(dirs, path)
		}
		return nil
	})
	return dirs
}

// Find lists the groups of this machine whose name begins so.
func Find(prefix string) ([]string, error) {
	g, err := Open("")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, h := range slices.Concat(g.hierarchies, g.beside) {
		found, err := filepath.Glob(filepath.Join(h, prefix+"*"))
		if err != nil {
			return nil, fmt.Errorf("control groups: %w", err)
		}
		for _, dir := range found {
			names = append(names, filepath.Base(dir))
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
