package source

import (
	"fmt"
	"net/netip"
	"path"
	"regexp"
	"strings"
)

// Policy says which repositories may be reached. The zero Policy allows https
// and ssh to any public address.
type Policy struct {
	// Allow lists addresses as globs on scheme://host/path: * stands for
	// anything but a slash, ** for anything. SSH addresses are matched in their
	// long form without the user. Empty means any.
	Allow []string
	// AllowFile and AllowHTTP permit file:// and unencrypted http://.
	AllowFile, AllowHTTP bool
	// AllowPrivate lists hosts (globs such as *.git.svc.cluster.local) and
	// networks (CIDRs or single addresses) that may be reached although they
	// are private, loopback or inside the cluster. Link-local and metadata
	// addresses stay refused whatever it says.
	AllowPrivate []string
}

// Check tells whether the policy lets an address be followed, as far as that
// can be said without resolving its host. A refusal is an *Error of KindRefused
// or KindInvalid.
func (p Policy) Check(url string) error {
	g, err := p.compile()
	if err != nil {
		return err
	}
	_, err = g.admit(url)
	return named(Redact(url), err)
}

// guard is a compiled Policy.
type guard struct {
	file, http bool
	allow      []*regexp.Regexp
	hosts      []*regexp.Regexp
	networks   []netip.Prefix
}

func (p Policy) compile() (*guard, error) {
	g := &guard{file: p.AllowFile, http: p.AllowHTTP}
	for _, s := range p.Allow {
		if !strings.Contains(s, "://") {
			return nil, fmt.Errorf("allowed repository %q: write scheme://host/path, such as https://github.com/acme/**", s)
		}
		g.allow = append(g.allow, glob(s))
	}
	for _, s := range p.AllowPrivate {
		if n, err := netip.ParsePrefix(s); err == nil {
			g.networks = append(g.networks, n.Masked())
		} else if a, err := netip.ParseAddr(s); err == nil {
			g.networks = append(g.networks, netip.PrefixFrom(a, a.BitLen()))
		} else if strings.ContainsAny(s, "/: ") || s == "" {
			return nil, fmt.Errorf("allowed private host %q: write a host, a host glob, an address or a CIDR", s)
		} else {
			g.hosts = append(g.hosts, glob(strings.ToLower(s)))
		}
	}
	return g, nil
}

// glob compiles a pattern in which * stops at a slash and ** does not.
func glob(pattern string) *regexp.Regexp {
	e := regexp.QuoteMeta(pattern)
	e = strings.NewReplacer(`\*\*`, `.*`, `\*`, `[^/]*`, `\?`, `[^/]`).Replace(e)
	return regexp.MustCompile(`^` + e + `$`)
}

// admit parses an address and decides on everything but what its host resolves
// to, which dial does.
func (g *guard) admit(url string) (address, error) {
	a, err := parseAddress(url)
	if err != nil {
		return a, err
	}
	return a, g.admitAddress(a)
}

func (g *guard) admitAddress(a address) error {
	switch {
	case a.scheme == "https" || a.scheme == "ssh":
	case a.scheme == "http" && !g.http:
		return refused("http:// is not allowed, since it hides nothing", "use https://, or start the agent with --allow-http")
	case a.scheme == "file" && !g.file:
		return refused("file:// is not allowed", "use https:// or ssh://, or start the agent with --allow-file")
	case a.scheme != "http" && a.scheme != "file":
		return refused(fmt.Sprintf("scheme %q is not supported", a.scheme), "use https:// or ssh://")
	}
	if p := "/" + strings.Trim(a.path, "/"); path.Clean(p) != p {
		return refused("the path is not in its shortest form", "write it without . and .. and doubled slashes")
	}
	if !g.listed(a) {
		return refused("the address is not on the operator's list", "see --allow-repository")
	}
	if a.scheme == "file" {
		return nil
	}
	return g.admitHost(a.host)
}

func (g *guard) listed(a address) bool {
	if len(g.allow) == 0 {
		return true
	}
	a.user = ""
	long := strings.TrimSuffix(a.String(), "/")
	return matches(g.allow, long) || matches(g.allow, strings.TrimSuffix(long, ".git"))
}

func matches(patterns []*regexp.Regexp, s string) bool {
	for _, p := range patterns {
		if p.MatchString(s) {
			return true
		}
	}
	return false
}

func refused(problem, hint string) *Error {
	return &Error{Kind: KindRefused, Problem: problem, Hint: hint}
}
