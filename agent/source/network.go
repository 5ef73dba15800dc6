package source

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// never lists what is refused whatever the operator allows: link-local networks
// and the places where clouds keep their metadata services.
func never() []netip.Prefix {
	return prefixes("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "fd20:ce::254/128",
		"168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32", "0.0.0.0/32", "::/128",
		"224.0.0.0/4", "ff00::/8", "255.255.255.255/32")
}

// private lists what needs the operator's permission: networks that are not the
// public internet, and forms that carry another address inside.
func private() []netip.Prefix {
	return prefixes("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
		"100.64.0.0/10", "0.0.0.0/8", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "fc00::/7",
		"fec0::/10", "64:ff9b:1::/48", "2002::/16", "2001::/32")
}

func prefixes(s ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(s))
	for i := range s {
		out[i] = netip.MustParsePrefix(s[i])
	}
	return out
}

// admitHost decides on a host as it is written.
func (g *guard) admitHost(host string) error {
	if ip, err := netip.ParseAddr(host); err == nil {
		return g.admitIP(host, ip)
	}
	if matches(g.hosts, host) || len(g.networks) > 0 || !internal(host) {
		return nil // what it resolves to is looked at when it is dialled
	}
	return refused(fmt.Sprintf("%s is a name inside the cluster or this machine", host), "see --allow-private")
}

// internal tells whether a name can only mean something near: one label, or a
// domain that the public DNS does not have.
func internal(host string) bool {
	if !strings.Contains(host, ".") {
		return true
	}
	return slices.ContainsFunc([]string{".localhost", ".local", ".svc", ".internal", ".localdomain", ".home.arpa"},
		func(suffix string) bool { return strings.HasSuffix(host, suffix) })
}

// admitIP decides on the address that host stands for.
func (g *guard) admitIP(host string, ip netip.Addr) error {
	ip = carried(ip.WithZone("").Unmap())
	in := func(n netip.Prefix) bool { return n.Contains(ip) }
	if slices.ContainsFunc(never(), in) {
		return refused(fmt.Sprintf("%s is a link-local, metadata or otherwise unusable address (%s)", host, ip), "")
	}
	if !slices.ContainsFunc(private(), in) {
		return nil
	}
	if slices.ContainsFunc(g.networks, in) || matches(g.hosts, host) {
		return nil
	}
	return refused(fmt.Sprintf("%s is a private address (%s)", host, ip), "see --allow-private")
}

// carried returns the IPv4 address inside a NAT64 address, else ip.
func carried(ip netip.Addr) netip.Addr {
	if netip.MustParsePrefix("64:ff9b::/96").Contains(ip) {
		b := ip.As16()
		return netip.AddrFrom4([4]byte(b[12:]))
	}
	return ip
}

// dial connects to an address that admit let through and looks at each address
// the name resolves to before it is connected, so that a name that changes its
// meaning in between gains nothing.
func (g *guard) dial(ctx context.Context, network, hostport string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{
		Timeout:   20 * time.Second,
		KeepAlive: 30 * time.Second,
		ControlContext: func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(resolved)
			if err != nil {
				return refused(fmt.Sprintf("%s resolves to %q", host, resolved), "")
			}
			return g.admitIP(normalHost(host), to.Addr())
		},
	}
	return d.DialContext(ctx, network, hostport)
}
