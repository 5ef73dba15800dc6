package source

import (
	"context"
	"net"
)

// Dialer connects to where the policy lets repositories be, for whatever else an
// address comes for from outside: never to link-local and metadata addresses, and
// to private ones only where the operator allows it.
func (p Policy) Dialer() (func(ctx context.Context, network, address string) (net.Conn, error), error) {
	g, err := p.compile()
	if err != nil {
		return nil, err
	}
	return g.dial, nil
}
