package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
)

// obtain sees to it that the mirror holds a target's commit. It is called with
// the mirror's turn held. The session may be nil and is used at most once; when
// another one is needed, obtain opens it.
func (s *Store) obtain(ctx context.Context, m *mirror, repo Repository, adv advertisement, with session, t target) error {
	have := m.current()
	if have.holds(t.commit) {
		return nil
	}
	err := errBase
	if !have.objects.empty() {
		err = s.transfer(ctx, m, repo, adv, with, t, have)
		with = nil
	}
	// What the mirror holds may stand in the way: it fills the space, or the
	// server builds on something that was left out. Then all begins anew.
	if errors.Is(err, errBase) || kindOf(err) == KindTooLarge || kindOf(err) == KindCorrupt {
		err = s.transfer(ctx, m, repo, adv, with, t, state{})
	}
	if errors.Is(err, errBase) {
		err = &Error{Kind: KindProtocol, Problem: "the pack from the server is not complete", Err: err}
	}
	if err != nil {
		return err
	}
	return s.compact(ctx, m)
}

// transfer fetches a commit on top of what have holds.
func (s *Store) transfer(ctx context.Context, m *mirror, repo Repository, adv advertisement, with session, t target, have state) error {
	if with == nil {
		var err error
		if with, adv, err = s.list(ctx, repo); err != nil {
			return err
		}
		defer with.close()
		if t.name != "" && !adv.advertised(t.object) {
			return moved(t, nil)
		}
	}
	if have.objects.empty() && m.current().objects.empty() {
		if err := os.RemoveAll(m.folder); err != nil {
			return fmt.Errorf("mirror: %w", err)
		}
	}
	if err := m.prepare(); err != nil {
		return err
	}
	req := s.request(adv, t, have)
	body, err := with.upload(ctx, req)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	p, shallows, err := s.receive(m, req, body, have.objects)
	if t.name != "" && kindOf(err) == KindNotFound {
		return moved(t, err)
	}
	if err != nil {
		return err
	}
	next, err := s.accept(have, p, t, shallows)
	if err != nil {
		if !have.objects.includes(p) {
			p.remove()
		}
		return err
	}
	s.log.Debug("commit fetched", "repository", Redact(repo.URL), "revision", t.revision(), "objects", len(p.index), "bytes", p.size)
	return m.commit(next)
}

// moved says that a branch or tag went elsewhere between the question where it
// stands and the request for that commit.
func moved(t target, err error) *Error {
	return &Error{Kind: KindTransient, Problem: t.name + " moved while it was fetched", Err: err}
}

// receive reads the server's answer and unpacks it into a new pack.
func (s *Store) receive(m *mirror, req *packp.UploadPackRequest, body io.ReadCloser, have *objects) (*pack, []plumbing.Hash, error) {
	limit := s.limits.RepositoryBytes - have.bytes()
	limited := &io.LimitedReader{R: body, N: limit + 1<<20}
	tooMuch := func(err error) error {
		if limited.N <= 0 {
			return tooLarge("the repository has more than %d MiB", s.limits.RepositoryBytes>>20)
		}
		return err
	}
	res := packp.NewUploadPackResponse(req)
	if err := res.Decode(io.NopCloser(limited)); err != nil {
		return nil, nil, tooMuch(protocolError("the answer to a fetch", err))
	}
	var stream io.Reader = res
	if req.Capabilities.Supports(capability.Sideband64k) {
		stream = sideband.NewDemuxer(sideband.Sideband64k, res)
	}
	out, err := newPacker(m.packs(), limit)
	if err != nil {
		return nil, nil, err
	}
	in := ingest{have: have, out: out, maxFile: s.limits.FileBytes, maxObjects: 20 * s.limits.Files}
	if err := in.run(stream); err != nil {
		out.abort()
		return nil, nil, tooMuch(err)
	}
	p, err := out.finish()
	return p, res.Shallows, err
}

// accept returns the state with a new pack and its commit, once the commit's
// whole tree proves to be there and within the limits.
func (s *Store) accept(have state, p *pack, t target, shallows []plumbing.Hash) (state, error) {
	commit := plumbing.NewHash(t.commit)
	next := state{objects: have.objects.with(p), shallow: map[plumbing.Hash]bool{}}
	for _, c := range have.commits {
		next.shallow[c] = have.shallow[c]
	}
	for _, c := range shallows {
		next.shallow[c] = true
	}
	next.commits = have.keeping(commit).commits
	if !next.objects.has(commit) {
		return next, &Error{Kind: KindNotFound, Problem: "no commit " + t.commit, Hint: "it is on no branch of the server any more"}
	}
	tr := &tree{objects: next.objects, cache: s.trees, limits: s.limits, damaged: func() {}}
	return next, tr.verify(commit)
}
