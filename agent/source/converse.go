package source

import (
	"context"
)

// listing is one answer of the server, shared by those who asked before the
// question was put.
type listing struct {
	number int
	adv    advertisement
	err    error
}

// converse calls act with what the server advertises, while the mirror's turn is
// held. A caller that waited while another one's later question was answered
// gets that answer and a nil session: one request serves all who wait.
func (s *Store) converse(ctx context.Context, m *mirror, repo Repository, act func(context.Context, advertisement, session) error) error {
	asked := m.ask()
	defer m.answered()
	if err := m.lock(ctx); err != nil {
		return err
	}
	defer m.unlock()
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, s.limits.Timeout)
	defer cancel()
	if l := m.shared(asked); l != nil {
		if l.err != nil {
			return l.err
		}
		return named(Redact(repo.URL), interrupted(ctx, act(ctx, l.adv, nil)))
	}
	number := m.begin()
	with, adv, err := s.list(ctx, repo)
	if err != nil {
		err = named(Redact(repo.URL), interrupted(ctx, err))
		if caller.Err() == nil { // else it is the caller who gave up
			m.share(listing{number: number, err: err})
		}
		return err
	}
	defer with.close()
	m.share(listing{number: number, adv: adv})
	return named(Redact(repo.URL), interrupted(ctx, act(ctx, adv, with)))
}

// list asks the server for its references and leaves the session open for a
// transfer.
func (s *Store) list(ctx context.Context, repo Repository) (session, advertisement, error) {
	with, err := s.connect(ctx, repo)
	if err != nil {
		return nil, advertisement{}, err
	}
	adv, err := with.advertise(ctx)
	if err == nil && adv.empty() {
		err = &Error{Kind: KindEmpty, Problem: "the repository has no commit yet", Hint: "push one"}
	}
	if err != nil {
		with.close()
		return nil, advertisement{}, err
	}
	return with, adv, nil
}

// ask returns the number that a listing must exceed to be newer than this call.
func (m *mirror) ask() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting++
	return m.started
}

// answered ends what ask began. The listing is dropped with the last who could
// share it, for it can be large.
func (m *mirror) answered() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.waiting--; m.waiting == 0 {
		m.last = nil
	}
}

func (m *mirror) begin() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.started++
	return m.started
}

// share offers a listing to those who wait.
func (m *mirror) share(l listing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = &l
}

func (m *mirror) shared(asked int) *listing {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last != nil && m.last.number > asked {
		return m.last
	}
	return nil
}
