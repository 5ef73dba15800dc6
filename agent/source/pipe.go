package source

import (
	"bufio"
	"context"
	"io"
	"strings"
	"sync"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
)

// pipe is a session with a git-upload-pack at the other end of a pair of pipes:
// over SSH, or a child process for file://.
type pipe struct {
	in     io.WriteCloser
	out    io.Reader
	stderr *lastWords
	end    func() // ends the other side and waits for it; may be called twice
	refs   advertisement
	asked  bool
}

func (p *pipe) advertise(context.Context) (advertisement, error) {
	refs, err := decodeAdvertisement(p.out)
	if err != nil {
		p.end()
		if words := p.stderr.String(); words != "" {
			err = serverError(words)
		}
		return advertisement{}, err
	}
	p.refs = refs
	return refs, nil
}

func (p *pipe) upload(_ context.Context, req *packp.UploadPackRequest) (io.ReadCloser, error) {
	p.asked = true
	w := bufio.NewWriter(p.in)
	if err := req.UploadRequest.Encode(w); err != nil {
		return nil, protocolError("the request", err)
	}
	if err := req.UploadHaves.Encode(w, true); err != nil {
		return nil, protocolError("the request", err)
	}
	if err := pktline.NewEncoder(w).EncodeString("done\n"); err != nil {
		return nil, protocolError("the request", err)
	}
	if err := w.Flush(); err != nil {
		return nil, protocolError("the request", err)
	}
	return io.NopCloser(p.out), nil
}

// close says goodbye as the protocol wants it, so that servers do not log a
// client that broke off.
func (p *pipe) close() {
	if !p.asked {
		_, _ = p.in.Write(pktline.FlushPkt)
	}
	_ = p.in.Close()
	p.end()
}

// lastWords keeps the end of what a program writes to its standard error.
type lastWords struct {
	mu   sync.Mutex
	text []byte
}

func (l *lastWords) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, b...)
	if extra := len(l.text) - 2048; extra > 0 {
		l.text = l.text[extra:]
	}
	return len(b), nil
}

func (l *lastWords) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.TrimSpace(string(l.text))
}

// whenDone calls end as soon as ctx does, until the returned function is called.
func whenDone(ctx context.Context, end func()) (release func()) {
	stop := context.AfterFunc(ctx, end)
	return func() { stop() }
}
