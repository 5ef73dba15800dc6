package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
)

// maxAdvertisement bounds the list of references a server may send: some
// 400,000 of them.
const maxAdvertisement = 32 << 20

// session is one conversation with a server's git-upload-pack: what is there,
// then at most one transfer. It ends with the context it was started with.
type session interface {
	// advertise asks what references the server has.
	advertise(context.Context) (advertisement, error)
	// upload sends a request and returns the server's answer to it.
	upload(context.Context, *packp.UploadPackRequest) (io.ReadCloser, error)
	// close ends the conversation, in whatever state it is.
	close()
}

// connect starts a session with the server of a repository.
func (s *Store) connect(ctx context.Context, repo Repository) (session, error) {
	policy := s.policy.Load()
	a, err := policy.guard.admit(repo.URL)
	if err != nil {
		return nil, err
	}
	switch a.scheme {
	case "ssh":
		return dialSSH(ctx, policy.guard, a, repo.Credentials)
	case "file":
		return execFile(ctx, a)
	default:
		return newHTTPSession(policy, a, repo.Credentials)
	}
}

// decodeAdvertisement reads a list of references. A repository without any
// gives an empty advertisement.
func decodeAdvertisement(r io.Reader) (advertisement, error) {
	limited := &io.LimitedReader{R: r, N: maxAdvertisement}
	var head beginning
	refs := packp.NewAdvRefs()
	err := refs.Decode(io.TeeReader(limited, &head))
	switch {
	case err == nil:
		return newAdvertisement(refs), nil
	case errors.Is(err, packp.ErrEmptyAdvRefs):
		return advertisement{}, nil
	case limited.N <= 0:
		return advertisement{}, &Error{Kind: KindTooLarge, Problem: fmt.Sprintf("the server lists more than %d MiB of references", maxAdvertisement>>20)}
	}
	if bytes.Contains(head, []byte("object-format=sha256")) {
		return advertisement{}, &Error{Kind: KindProtocol, Problem: "the repository names its objects by SHA-256, which is not supported",
			Hint: "use a repository made with git init --object-format=sha1, as is usual"}
	}
	return advertisement{}, protocolError("the list of references", err)
}

// beginning keeps the first bytes written to it.
type beginning []byte

func (b *beginning) Write(p []byte) (int, error) {
	*b = append(*b, p[:min(len(p), 2048-len(*b))]...)
	return len(p), nil
}

// sidebandError is how go-git begins an error that a server sent in place of a
// pack.
const sidebandError = "unexpected error: "

// protocolError wraps a failure to understand the server. What broke off is
// transient; what is no Git is not.
func protocolError(what string, err error) error {
	var line *pktline.ErrorLine
	switch {
	case kindOf(err) != "":
		return err
	case errors.As(err, &line):
		return serverError(line.Text)
	case strings.HasPrefix(err.Error(), sidebandError):
		return serverError(strings.TrimPrefix(err.Error(), sidebandError))
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, packp.ErrEmptyInput), errors.Is(err, packfile.ErrEmptyPackfile):
		return &Error{Kind: KindTransient, Problem: "the connection ended in " + what, Err: errors.New(foreign(err.Error()))}
	case isNetwork(err):
		return &Error{Kind: KindTransient, Problem: "reading " + what, Err: lasting(err)}
	}
	return &Error{Kind: KindProtocol, Problem: "the server does not speak Git in " + what, Err: errors.New(foreign(err.Error()))}
}
