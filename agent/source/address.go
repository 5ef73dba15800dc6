package source

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// address is a parsed repository address. Both forms of SSH addresses,
// ssh://git@host/team/app.git and git@host:team/app.git, end here.
type address struct {
	scheme string // http, https, ssh or file
	user   string // ssh only
	host   string // lower case, without port and brackets
	port   string // "" for the scheme's default
	path   string // with a leading slash but for the short SSH form
}

// scpLike is user@host:path; a slash before the colon makes it a local path.
var scpLike = regexp.MustCompile(`^(?:([A-Za-z0-9._~-]+)@)?([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([^\\].*)$`)

// parseAddress reads a repository address. Credentials have no place in it.
func parseAddress(s string) (address, error) {
	if strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }) >= 0 {
		return address{}, invalid("the address holds white space or control characters")
	}
	if !strings.Contains(s, "://") {
		return parseSCP(s)
	}
	u, err := url.Parse(s)
	if err != nil { // its text may hold part of a password
		return address{}, invalid("not a repository address; write https://host/team/app.git or git@host:team/app.git")
	}
	a := address{scheme: strings.ToLower(u.Scheme), host: normalHost(u.Hostname()), port: u.Port(), path: u.Path}
	if u.RawQuery != "" || u.Fragment != "" {
		return a, invalid("a repository address has no query and no fragment")
	}
	if err := a.acceptUser(u.User); err != nil {
		return a, err
	}
	switch {
	case a.scheme == "file" && (a.host == "" || a.host == "localhost"):
		a.host = ""
	case !validHost(a.host):
		return a, invalid("the address names no host")
	}
	if strings.Trim(a.path, "/") == "" {
		return a, invalid("the address names no repository")
	}
	return a, nil
}

var hostName = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$`)

func validHost(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || hostName.MatchString(host)
}

func parseSCP(s string) (address, error) {
	m := scpLike.FindStringSubmatch(s)
	if m == nil || strings.HasPrefix(m[3], "-") || strings.Trim(m[3], "/") == "" || !validHost(normalHost(strings.Trim(m[2], "[]"))) {
		return address{}, invalid("not a repository address; write https://host/team/app.git or git@host:team/app.git")
	}
	a := address{scheme: "ssh", user: m[1], host: normalHost(strings.Trim(m[2], "[]")), path: m[3]}
	return a, nil
}

func (a *address) acceptUser(u *url.Userinfo) error {
	if u == nil {
		return nil
	}
	_, password := u.Password()
	if password || a.scheme != "ssh" {
		return &Error{Kind: KindInvalid, Problem: "the address holds credentials",
			Hint: "put them in a Secret and name it in the annotation spotguide.dev/credentials"}
	}
	a.user = u.Username()
	return nil
}

func normalHost(h string) string { return strings.TrimSuffix(strings.ToLower(h), ".") }

// hostport is what is dialled.
func (a address) hostport() string {
	port := a.port
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "ssh": "22"}[a.scheme]
	}
	return net.JoinHostPort(a.host, port)
}

// String is the address in its long form.
func (a address) String() string {
	u := url.URL{Scheme: a.scheme, Host: a.host, Path: "/" + strings.TrimPrefix(a.path, "/")}
	if strings.Contains(a.host, ":") {
		u.Host = "[" + a.host + "]"
	}
	if a.port != "" {
		u.Host += ":" + a.port
	}
	if a.user != "" {
		u.User = url.User(a.user)
	}
	return u.String()
}

// topic is what two addresses of one repository share, whatever their scheme,
// user and port: webhooks name a repository by any of its addresses.
func (a address) topic() string {
	return a.host + "/" + strings.ToLower(strings.TrimSuffix(strings.Trim(a.path, "/"), ".git"))
}

// Redact returns a repository address fit to be shown: without credentials that
// somebody wrote into it, and without control characters.
func Redact(s string) string {
	if _, rest, ok := strings.Cut(s, "://"); ok {
		scheme := s[:len(s)-len(rest)]
		authority, path, slash := strings.Cut(rest, "/")
		if at := strings.LastIndex(authority, "@"); at >= 0 && (scheme != "ssh://" || strings.Contains(authority[:at], ":")) {
			authority = "***" + authority[at:]
		}
		// An unescaped slash in a password moves it into the path.
		if at := strings.LastIndex(path, "@"); at >= 0 {
			path = "***" + path[at:]
		}
		s = scheme + authority
		if slash {
			s += "/" + path
		}
	}
	return foreign(s)
}
