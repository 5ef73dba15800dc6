package render

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// A frame is what parent and worker send each other: the lengths of a message
// in JSON and of a body of bytes, 4 bytes each, and then the two.
//
// The parent greets a new process with opHello. Then, for each rendering, it
// sends opRender; the worker asks for the tree with opStat, opList and opRead,
// each answered by one opReply, and ends with opDone.
const (
	opHello  = "hello"
	opRender = "render"
	opStat   = "stat"
	opList   = "list"
	opRead   = "read"
	opReply  = "reply"
	opDone   = "done"
)

// maxMessage bounds a frame's JSON. It holds a guide's values at most.
const maxMessage = 32 << 20

type message struct {
	Op     string  `json:"op"`
	Limits *Limits `json:"limits,omitempty"`
	Job    *job    `json:"job,omitempty"`
	// Chart: the path is in the guide's chart, not in the repository.
	Chart   bool      `json:"chart,omitempty"`
	Path    string    `json:"path,omitempty"`
	Entries []entry   `json:"entries,omitempty"`
	Failure *failure  `json:"failure,omitempty"`
	Done    *finished `json:"done,omitempty"`
}

// failure is an error of the tree.
type failure struct {
	Text   string `json:"text"`
	Absent bool   `json:"absent,omitempty"`
}

// finished is a Result, or the error instead of its objects. The objects
// themselves are the frame's body, in the order of their origins.
type finished struct {
	Origins  []string      `json:"origins,omitempty"`
	Inputs   []string      `json:"inputs,omitempty"`
	Notices  []string      `json:"notices,omitempty"`
	Problems []wireProblem `json:"problems,omitempty"`
	// Failure is an error that is none of the repository's.
	Failure string `json:"failure,omitempty"`
}

type wireProblem struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Object string `json:"object,omitempty"`
	Text   string `json:"text"`
}

// wire is one end of the pipe between parent and worker.
type wire struct {
	in  *bufio.Reader
	out io.Writer
	// maxBody bounds the bodies that this end accepts.
	maxBody int64
}

func newWire(in io.Reader, out io.Writer, maxBody int64) *wire {
	return &wire{in: bufio.NewReader(in), out: out, maxBody: maxBody}
}

func (w *wire) send(m message, body []byte) error {
	head, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode %s: %w", m.Op, err)
	}
	if len(head) > maxMessage {
		return fmt.Errorf("send %s: longer than %s", m.Op, bytesText(maxMessage))
	}
	frame := make([]byte, 8, 8+len(head)+len(body))
	binary.BigEndian.PutUint32(frame, uint32(len(head)))
	binary.BigEndian.PutUint32(frame[4:], uint32(len(body)))
	frame = append(append(frame, head...), body...)
	if _, err := w.out.Write(frame); err != nil {
		return fmt.Errorf("send %s: %w", m.Op, err)
	}
	return nil
}

func (w *wire) receive() (message, []byte, error) {
	var m message
	var lengths [8]byte
	if _, err := io.ReadFull(w.in, lengths[:]); err != nil {
		return m, nil, fmt.Errorf("receive: %w", err)
	}
	head, body := binary.BigEndian.Uint32(lengths[:]), binary.BigEndian.Uint32(lengths[4:])
	if head > maxMessage || int64(body) > w.maxBody {
		return m, nil, fmt.Errorf("receive: a frame of %d and %d bytes is too long", head, body)
	}
	data := make([]byte, int(head)+int(body))
	if _, err := io.ReadFull(w.in, data); err != nil {
		return m, nil, fmt.Errorf("receive: %w", err)
	}
	if err := json.Unmarshal(data[:head], &m); err != nil {
		return m, nil, fmt.Errorf("receive: %w", err)
	}
	return m, data[head:], nil
}
