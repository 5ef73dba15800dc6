package reassign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// maxSize bounds a file: ten times what the largest clusters need.
const maxSize = 128 << 20

// Parse reads a reassignment file; name is what errors call it. What is wrong
// with it is told as Problems, all at once unless it is no JSON.
func Parse(name string, data []byte) (File, error) {
	p := parser{file: File{Name: name}, data: data, json: json.NewDecoder(bytes.NewReader(data)), seen: map[plan.ID]int{}}
	p.json.UseNumber()
	if len(data) > maxSize {
		return File{}, Problems{{name, 1, fmt.Sprintf("%d bytes are more than the %d of the largest file that is read: split it", len(data), maxSize)}}
	}
	if err := p.top(); err != nil {
		var problem Problem
		if !errors.As(err, &problem) {
			problem = p.at(p.json.InputOffset(), "this is no JSON: %v", err)
		}
		p.problems = append(p.problems, problem)
	}
	if len(p.problems) > 0 {
		return File{}, p.problems
	}
	return p.file, nil
}

// A parser walks over the tokens itself, for only so it knows their lines and
// sees a key that is there twice. Its methods return an error when there is no
// use in going on.
type parser struct {
	file     File
	data     []byte
	json     *json.Decoder
	seen     map[plan.ID]int // partitions, with their lines
	problems Problems
	offset   int64 // line is that of this offset
	line     int
}

func (p *parser) top() error {
	sawVersion, sawPartitions := false, false
	err := p.object("the file", func(key string) error {
		switch key {
		case "version":
			sawVersion = true
			v, err := p.integer(key)
			if err == nil && v != version {
				err = p.here("version is %d, and only %d is known", v, version)
			}
			return err
		case "partitions":
			sawPartitions = true
			return p.array(key, p.entry)
		}
		return p.here("%q is no field of the file; there are version and partitions", key)
	})
	if err != nil {
		return err
	}
	if _, err := p.json.Token(); !errors.Is(err, io.EOF) {
		return p.here("something follows the end of the file's object: remove it")
	}
	if !sawVersion {
		p.problems = append(p.problems, Problem{p.file.Name, 1, `version is missing: write "version":1`})
	}
	if !sawPartitions {
		p.problems = append(p.problems, Problem{p.file.Name, 1, `partitions is missing: write "partitions":[...]`})
	}
	return nil
}

func (p *parser) entry() error {
	e := Entry{Assignment: plan.Assignment{ID: plan.ID{Partition: -1}}}
	var dirs []string
	err := p.object("an entry of partitions", func(key string) (err error) {
		switch key {
		case "topic":
			e.Topic, err = p.text(key)
		case "partition":
			e.Partition, err = p.integer(key)
		case "replicas":
			err = p.array(key, func() error {
				id, err := p.integer("a replica")
				e.Replicas = append(e.Replicas, id)
				return err
			})
		case "log_dirs":
			err = p.array(key, func() error {
				dir, err := p.text("a log_dir")
				dirs = append(dirs, dir)
				return err
			})
		default:
			err = p.here("%q is no field of a partition; there are topic, partition, replicas and log_dirs", key)
		}
		return err
	}, &e.Line)
	if err == nil {
		p.check(e, dirs)
	}
	return err
}

// check notes what is wrong with an entry by itself.
func (p *parser) check(e Entry, dirs []string) {
	note := func(format string, args ...any) {
		p.problems = append(p.problems, Problem{p.file.Name, e.Line, fmt.Sprintf(format, args...)})
	}
	name := e.Topic + "-" + strconv.Itoa(int(e.Partition))
	switch {
	case e.Topic == "":
		note("a partition without a topic")
		return
	case e.Partition < 0:
		note("topic %s: partition is missing or negative", e.Topic)
		return
	case p.seen[e.ID] > 0:
		note("partition %s is there twice, first in line %d: remove one", name, p.seen[e.ID])
	case len(e.Replicas) == 0:
		note("partition %s has no replicas", name)
	case len(dirs) > 0 && len(dirs) != len(e.Replicas):
		note("partition %s has %d log_dirs for %d replicas: write one for each, or none", name, len(dirs), len(e.Replicas))
	}
	p.seen[e.ID] = e.Line
	for i, id := range e.Replicas {
		if id < 0 {
			note("partition %s: %d is no broker", name, id)
		} else if slices.Contains(e.Replicas[:i], id) {
			note("partition %s has two replicas on broker %d", name, id)
		}
	}
	for _, dir := range dirs {
		if dir != anyDir {
			note("partition %s: log_dirs are %q, not %q: brokers choose the disk themselves", name, anyDir, dir)
			break
		}
	}
	p.file.Entries = append(p.file.Entries, e)
}
