package render

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"time"
)

// entry is one file or folder as it is told over the wire.
type entry struct {
	Base   string      `json:"base"`
	Length int64       `json:"length,omitempty"`
	Bits   fs.FileMode `json:"bits,omitempty"`
}

func entryOf(info fs.FileInfo) entry {
	return entry{Base: info.Name(), Length: info.Size(), Bits: info.Mode()}
}

// An entry is its own fs.FileInfo and fs.DirEntry.
func (e entry) Name() string               { return e.Base }
func (e entry) Size() int64                { return e.Length }
func (e entry) Mode() fs.FileMode          { return e.Bits }
func (e entry) Type() fs.FileMode          { return e.Bits.Type() }
func (e entry) IsDir() bool                { return e.Bits.IsDir() }
func (e entry) ModTime() time.Time         { return time.Time{} }
func (e entry) Sys() any                   { return nil }
func (e entry) Info() (fs.FileInfo, error) { return e, nil }

// remoteFS is a tree of the parent's, read over the wire.
type remoteFS struct {
	wire  *wire
	chart bool
}

func (r remoteFS) ask(op, name string) (message, []byte, error) {
	if !fs.ValidPath(name) {
		return message{}, nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if err := r.wire.send(message{Op: op, Chart: r.chart, Path: name}, nil); err != nil {
		return message{}, nil, err
	}
	m, body, err := r.wire.receive()
	if err != nil {
		return message{}, nil, err
	}
	if m.Failure != nil {
		return message{}, nil, m.Failure.asError()
	}
	return m, body, nil
}

// Stat tells of name; links are followed.
func (r remoteFS) Stat(name string) (fs.FileInfo, error) {
	m, _, err := r.ask(opStat, name)
	if err != nil {
		return nil, err
	}
	if len(m.Entries) != 1 {
		return nil, fmt.Errorf("stat %s: %d entries in the answer", name, len(m.Entries))
	}
	return m.Entries[0], nil
}

// ReadDir lists a folder in the order the parent gives.
func (r remoteFS) ReadDir(name string) ([]fs.DirEntry, error) {
	m, _, err := r.ask(opList, name)
	if err != nil {
		return nil, err
	}
	entries := make([]fs.DirEntry, len(m.Entries))
	for i, e := range m.Entries {
		entries[i] = e
	}
	return entries, nil
}

// ReadFile gives the whole of a file.
func (r remoteFS) ReadFile(name string) ([]byte, error) {
	_, body, err := r.ask(opRead, name)
	return body, err
}

// Open opens a file. Folders are listed with ReadDir.
func (r remoteFS) Open(name string) (fs.File, error) {
	data, err := r.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return openFile{bytes.NewReader(data), entry{Base: path.Base(name), Length: int64(len(data)), Bits: 0o444}}, nil
}

type openFile struct {
	io.Reader
	info entry
}

func (f openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f openFile) Close() error               { return nil }

func failureOf(err error) *failure {
	return &failure{Text: err.Error(), Absent: errors.Is(err, fs.ErrNotExist)}
}

func (f *failure) asError() error {
	if f.Absent {
		return fmt.Errorf("%w: %s", fs.ErrNotExist, f.Text)
	}
	return errors.New(f.Text)
}

// serveTree answers one question of a worker's.
func serveTree(w *wire, j job, m message) error {
	tree := j.tree
	if m.Chart {
		tree = j.chart
	}
	if tree == nil || !fs.ValidPath(m.Path) {
		return w.send(message{Op: opReply, Failure: failureOf(fs.ErrInvalid)}, nil)
	}
	reply, body, err := lookUp(tree, m, j.Limits.FileBytes)
	if err != nil {
		reply, body = message{Failure: failureOf(err)}, nil
	}
	reply.Op = opReply
	return w.send(reply, body)
}

func lookUp(tree fs.FS, m message, maxBytes int64) (message, []byte, error) {
	if m.Op == opList {
		list, err := fs.ReadDir(tree, m.Path)
		reply := message{Entries: make([]entry, 0, len(list))}
		for _, d := range list {
			reply.Entries = append(reply.Entries, entry{Base: d.Name(), Bits: d.Type()})
		}
		return reply, nil, err
	}
	info, err := fs.Stat(tree, m.Path)
	if err != nil {
		return message{}, nil, err
	}
	if m.Op == opStat {
		return message{Entries: []entry{entryOf(info)}}, nil, nil
	}
	if info.Size() > maxBytes {
		return message{}, nil, fmt.Errorf("%s is larger than %s", m.Path, bytesText(maxBytes))
	}
	data, err := fs.ReadFile(tree, m.Path)
	return message{}, data, err
}
