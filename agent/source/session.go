package source

import (
	"context"
	"errors"
	"fmt"
	"io"

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
	refs := packp.NewAdvRefs()
	err := refs.Decode(limited)
	switch {
	case err == nil:
		return newAdvertisement(refs), nil
	case errors.Is(err, packp.ErrEmptyAdvRefs):
		return advertisement{}, nil
	case limited.N <= 0:
		return advertisement{}, &Error{Kind: KindTooLarge, Problem: fmt.Sprintf("the server lists more than %d MiB of references", maxAdvertisement>>20)}
	}
	return advertisement{}, protocolError("the list of references", err)
}

// protocolError wraps a failure to understand the server. What broke off is
// transient; what is no Git is not.
func protocolError(what string, err error) error {
	var line *pktline.ErrorLine
	switch {
	case kindOf(err) != "":
		return err
	case errors.As(err, &line):
		return serverError(line.Text)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &Error{Kind: KindTransient, Problem: "the connection ended in " + what, Err: errors.New(foreign(err.Error()))}
	case isNetwork(err):
		return &Error{Kind: KindTransient, Problem: "reading " + what, Err: lasting(err)}
	}
	return &Error{Kind: KindProtocol, Problem: "the server does not speak Git in " + what, Err: errors.New(foreign(err.Error()))}
}
