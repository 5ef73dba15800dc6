package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Record identifies a process for good: a number can be given again, the
// number together with the start time and the boot cannot.
type Record struct {
	Name  string `json:"name"`
	PID   int    `json:"pid"`
	Start string `json:"start"`
	Boot  string `json:"boot"`
}

// WriteRecord writes the record of a running process; the folder must exist.
func WriteRecord(file string, pid int) error {
	start, err := startTime(pid)
	if err != nil {
		return err
	}
	boot, err := bootID()
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(filepath.Base(file), ".json")
	data, err := json.Marshal(Record{Name: name, PID: pid, Start: start, Boot: boot})
	if err != nil {
		return fmt.Errorf("record of %s: %w", name, err)
	}
	temporary := file + ".new"
	if err := os.WriteFile(temporary, data, 0o644); err != nil {
		return fmt.Errorf("record of %s: %w", name, err)
	}
	if err := os.Rename(temporary, file); err != nil {
		return fmt.Errorf("record of %s: %w", name, err)
	}
	return nil
}

// ReadRecords returns the records in a folder, none if it does not exist.
func ReadRecords(dir string) ([]Record, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("records in %s: %w", dir, err)
	}
	var records []Record
	for _, file := range files {
		r, err := ReadRecord(file)
		if errors.Is(err, os.ErrNotExist) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}

// ReadRecord reads one record; the error of a missing one is os.ErrNotExist.
func ReadRecord(file string) (Record, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Record{}, fmt.Errorf("record: %w", err)
	}
	var r Record
	if err := json.Unmarshal(data, &r); err != nil {
		return Record{}, fmt.Errorf("record %s: %w", file, err)
	}
	return r, nil
}

// Alive says whether that very process still runs.
func (r Record) Alive() bool {
	boot, err := bootID()
	if err != nil || boot != r.Boot {
		return false
	}
	start, err := startTime(r.PID)
	return err == nil && start == r.Start
}

// startTime reads the 22nd field of the process's stat; the second, its name,
// may hold spaces and brackets. A zombie has ended.
func startTime(pid int) (string, error) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", fmt.Errorf("process %d: %w", pid, err)
	}
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	if len(fields) < 20 {
		return "", fmt.Errorf("process %d: unexpected stat %q", pid, data)
	}
	if fields[0] == "Z" || fields[0] == "X" {
		return "", fmt.Errorf("process %d: %w", pid, os.ErrProcessDone)
	}
	return fields[19], nil
}

func bootID() (string, error) {
	data, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("boot id: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}
