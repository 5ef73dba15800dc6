package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
)

const (
	infoRefs      = "/info/refs"
	uploadPack    = "/git-upload-pack"
	maxRedirects  = 5
	maxComplaint  = 8 << 10 // bytes read of a page that comes with an error
	userAgent     = "git/spotguide"
	advertiseType = "application/x-git-upload-pack-advertisement"
	resultType    = "application/x-git-upload-pack-result"
)

// httpSession speaks the smart HTTP protocol. Redirects are followed for the
// list of references only, as git does; to another origin they go without
// credentials.
type httpSession struct {
	client  *http.Client
	base    string // address of the repository
	origin  string // scheme://host:port that the credentials are meant for
	secrets Credentials
	done    func()
}

func newHTTPSession(policy *enforced, a address, c Credentials) (session, error) {
	s := &httpSession{base: strings.TrimSuffix(a.String(), "/"), origin: a.origin(), secrets: c, done: func() {}}
	transport := policy.http
	if c.CA != nil {
		roots, err := c.roots()
		if err != nil {
			return nil, err
		}
		transport = newHTTPTransport(policy.guard, roots)
		s.done = transport.CloseIdleConnections
	}
	s.client = &http.Client{Transport: transport, CheckRedirect: s.checkRedirect(policy.guard)}
	return s, nil
}

// checkRedirect holds a redirect to the same policy as the first address, and
// takes the credentials away from another origin. net/http itself would keep
// them for a subdomain.
func (s *httpSession) checkRedirect(g *guard) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return &Error{Kind: KindProtocol, Problem: "too many redirects"}
		}
		path, ok := strings.CutSuffix(req.URL.Path, infoRefs)
		if !ok || via[0].Method != http.MethodGet {
			return &Error{Kind: KindProtocol, Problem: "the server redirects to something that is no repository", Hint: "check the address"}
		}
		target := *req.URL
		target.Path, target.RawQuery, target.RawPath = path, "", ""
		a, err := g.admit(target.String())
		if err != nil {
			return &Error{Kind: KindRefused, Problem: "the server redirects to " + Redact(target.String()), Err: err}
		}
		if strings.HasPrefix(s.origin, "https://") && a.scheme != "https" {
			return &Error{Kind: KindRefused, Problem: "the server redirects from https to http"}
		}
		if a.origin() != s.origin {
			req.Header.Del("Authorization")
		}
		return nil
	}
}

// origin is what credentials are meant for.
func (a address) origin() string { return a.scheme + "://" + a.hostport() }

func (s *httpSession) advertise(ctx context.Context) (advertisement, error) {
	res, err := s.send(ctx, http.MethodGet, s.base+infoRefs+"?service=git-upload-pack", nil, advertiseType)
	if err != nil {
		return advertisement{}, err
	}
	defer func() { _ = drained{res.Body}.Close() }()
	final := *res.Request.URL
	final.RawQuery, final.RawPath = "", ""
	final.Path = strings.TrimSuffix(final.Path, infoRefs)
	s.base = final.String()
	return decodeAdvertisement(res.Body)
}

func (s *httpSession) upload(ctx context.Context, req *packp.UploadPackRequest) (io.ReadCloser, error) {
	var body bytes.Buffer
	if err := errors.Join(req.UploadRequest.Encode(&body), req.UploadHaves.Encode(&body, false)); err != nil {
		return nil, err
	}
	if err := pktline.NewEncoder(&body).EncodeString("done\n"); err != nil {
		return nil, err
	}
	res, err := s.send(ctx, http.MethodPost, s.base+uploadPack, body.Bytes(), resultType)
	if err != nil {
		return nil, err
	}
	return drained{res.Body}, nil
}

// drained reads the little that is left of a body before it is closed, so that
// its connection can be used again.
type drained struct{ io.ReadCloser }

func (d drained) Close() error {
	_, _ = io.CopyN(io.Discard, d.ReadCloser, 4<<10)
	return d.ReadCloser.Close()
}

func (s *httpSession) close() { s.done() }

// send makes one request and sees to it that the answer is of the kind wanted.
func (s *httpSession) send(ctx context.Context, method, url string, body []byte, want string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Accept", want)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-git-upload-pack-request")
	}
	s.authorise(req)
	res, err := s.client.Do(req)
	if err != nil {
		return nil, httpError(err)
	}
	if err := checkResponse(res, want); err != nil {
		_ = res.Body.Close()
		return nil, err
	}
	return res, nil
}

// authorise adds the credentials when the request goes to where they belong.
func (s *httpSession) authorise(req *http.Request) {
	a := address{scheme: req.URL.Scheme, host: normalHost(req.URL.Hostname()), port: req.URL.Port()}
	switch {
	case a.origin() != s.origin:
	case s.secrets.Bearer != "":
		req.Header.Set("Authorization", "Bearer "+s.secrets.Bearer)
	case s.secrets.Username != "" && s.secrets.SSHKey == nil:
		req.SetBasicAuth(s.secrets.Username, s.secrets.Password)
	}
}
