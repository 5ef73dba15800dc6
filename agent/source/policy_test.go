package source

import (
	"net/netip"
	"strings"
	"testing"
)

func TestPolicyCheck(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy Policy
		url    string
		want   Kind
	}{
		{"https", Policy{}, "https://github.com/acme/app.git", ""},
		{"ssh", Policy{}, "ssh://git@github.com/acme/app", ""},
		{"short ssh", Policy{}, "git@github.com:acme/app.git", ""},
		{"http", Policy{}, "http://github.com/acme/app", KindRefused},
		{"http allowed", Policy{AllowHTTP: true}, "http://github.com/acme/app", ""},
		{"file", Policy{}, "file:///srv/app", KindRefused},
		{"file allowed", Policy{AllowFile: true}, "file:///srv/app", ""},
		{"git protocol", Policy{}, "git://github.com/acme/app", KindRefused},
		{"remote helper", Policy{}, "ext::sh -c id", KindInvalid},
		{"remote helper as a scheme", Policy{}, "ext::sh://x/y", KindInvalid},
		{"a path", Policy{AllowFile: true}, "/srv/app", KindInvalid},
		{"an option", Policy{}, "--upload-pack=id", KindInvalid},
		{"an option as a path", Policy{}, "git@github.com:-oProxyCommand=id", KindInvalid},
		{"empty", Policy{}, "", KindInvalid},
		{"no host", Policy{}, "https:///acme/app", KindInvalid},
		{"no path", Policy{}, "https://github.com/", KindInvalid},
		{"query", Policy{}, "https://github.com/acme/app?x=1", KindInvalid},
		{"white space", Policy{}, "https://github.com/acme/app\n", KindInvalid},
		{"password", Policy{}, "https://me:secret@github.com/acme/app", KindInvalid},
		{"token", Policy{}, "https://ghp_secret@github.com/acme/app", KindInvalid},
		{"ssh password", Policy{}, "ssh://me:secret@github.com/acme/app", KindInvalid},

		{"loopback", Policy{}, "https://127.0.0.1/app", KindRefused},
		{"loopback by name", Policy{}, "https://localhost/app", KindRefused},
		{"loopback, IPv6", Policy{}, "https://[::1]/app", KindRefused},
		{"loopback, mapped", Policy{}, "https://[::ffff:127.0.0.1]/app", KindRefused},
		{"loopback, NAT64", Policy{}, "https://[64:ff9b::7f00:1]/app", KindRefused},
		{"loopback allowed", Policy{AllowPrivate: []string{"127.0.0.0/8"}}, "https://127.0.0.1/app", ""},
		{"private", Policy{}, "ssh://git@10.1.2.3/app", KindRefused},
		{"private allowed", Policy{AllowPrivate: []string{"10.1.2.3"}}, "ssh://git@10.1.2.3/app", ""},
		{"private, another allowed", Policy{AllowPrivate: []string{"10.1.2.3"}}, "ssh://git@10.1.2.4/app", KindRefused},
		{"carrier", Policy{}, "https://100.64.0.1/app", KindRefused},
		{"unique local", Policy{}, "https://[fd12::1]/app", KindRefused},
		{"service", Policy{}, "https://gitea.git.svc/app", KindRefused},
		{"service, long", Policy{}, "https://gitea.git.svc.cluster.local/app", KindRefused},
		{"service, final dot", Policy{}, "https://gitea.git.svc.cluster.local./app", KindRefused},
		{"service allowed", Policy{AllowPrivate: []string{"*.git.svc.cluster.local"}}, "https://gitea.git.svc.cluster.local/app", ""},
		{"one label", Policy{}, "https://gitea/app", KindRefused},
		{"API server", Policy{}, "https://kubernetes.default/app", ""}, // refused when it is dialled

		{"metadata", Policy{}, "https://169.254.169.254/app", KindRefused},
		{"metadata allowed all the same", Policy{AllowHTTP: true, AllowPrivate: []string{"169.254.0.0/16", "*"}}, "http://169.254.169.254/app", KindRefused},
		{"metadata, mapped", Policy{AllowPrivate: []string{"::/0"}}, "https://[::ffff:169.254.169.254]/app", KindRefused},
		{"metadata, IPv6", Policy{AllowPrivate: []string{"fc00::/7"}}, "https://[fd00:ec2::254]/app", KindRefused},
		{"metadata by name", Policy{}, "https://metadata.google.internal/app", KindRefused},
		{"link-local", Policy{AllowPrivate: []string{"fe80::/10"}}, "https://[fe80::1]/app", KindRefused},
		{"link-local with a zone", Policy{AllowPrivate: []string{"fe80::/10"}}, "https://[fe80::1%25eth0]/app", KindRefused},
		{"unspecified", Policy{AllowPrivate: []string{"0.0.0.0/0"}}, "https://0.0.0.0/app", KindRefused},

		{"listed", Policy{Allow: []string{"https://github.com/acme/*"}}, "https://github.com/acme/app.git", ""},
		{"listed without .git", Policy{Allow: []string{"https://github.com/acme/app"}}, "https://github.com/acme/app.git", ""},
		{"not listed", Policy{Allow: []string{"https://github.com/acme/*"}}, "https://github.com/evil/app.git", KindRefused},
		{"listed, host in capitals", Policy{Allow: []string{"https://github.com/acme/*"}}, "https://GitHub.com/acme/app", ""},
		{"a star stops at a slash", Policy{Allow: []string{"https://gitlab.com/acme/*"}}, "https://gitlab.com/acme/team/app", KindRefused},
		{"two do not", Policy{Allow: []string{"https://gitlab.com/acme/**"}}, "https://gitlab.com/acme/team/app", ""},
		{"out of the list by dots", Policy{Allow: []string{"https://github.com/acme/**"}}, "https://github.com/acme/../evil/app", KindRefused},
		{"out of the list by escaped dots", Policy{Allow: []string{"https://github.com/acme/**"}}, "https://github.com/acme/%2e%2e/evil/app", KindRefused},
		{"out of the list by a longer host", Policy{Allow: []string{"https://github.com/**"}}, "https://github.com.evil.io/acme/app", KindRefused},
		{"out of the list by a user", Policy{Allow: []string{"ssh://github.com/**"}}, "ssh://github.com@evil.io/acme/app", KindRefused},
		{"listed, short ssh", Policy{Allow: []string{"ssh://github.com/acme/*"}}, "git@github.com:acme/app.git", ""},
		{"another port", Policy{Allow: []string{"https://github.com/acme/*"}}, "https://github.com:8443/acme/app", KindRefused},
		{"listed but private", Policy{Allow: []string{"https://10.0.0.1/**"}}, "https://10.0.0.1/app", KindRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.policy.Check(c.url)
			wantKind(t, err, c.want)
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error holds the password: %v", err)
			}
		})
	}
}

func TestPolicyThatCannotBeRead(t *testing.T) {
	for _, p := range []Policy{
		{Allow: []string{"github.com/acme"}},
		{AllowPrivate: []string{"10.0.0.0/99"}},
		{AllowPrivate: []string{"https://gitea"}},
		{AllowPrivate: []string{""}},
	} {
		if err := p.Check("https://github.com/acme/app"); err == nil {
			t.Errorf("%+v was taken", p)
		}
	}
}

func TestDialLooksAtWhatANameResolvesTo(t *testing.T) {
	// With a network allowed, names are decided on when they are dialled.
	g, err := Policy{AllowPrivate: []string{"10.0.0.0/8"}}.compile()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.admit("https://localhost/app"); err != nil {
		t.Fatal(err)
	}
	conn, err := g.dial(t.Context(), "tcp", "localhost:1")
	if err == nil {
		_ = conn.Close()
	}
	wantKind(t, dialError(err), KindRefused)
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"https://github.com/acme/app":            "https://github.com/acme/app",
		"https://me:secret@github.com/acme/app":  "https://***@github.com/acme/app",
		"https://secret@github.com/acme/app":     "https://***@github.com/acme/app",
		"https://me:sec/ret@github.com/acme/app": "https://me:sec/***@github.com/acme/app",
		"ssh://git@github.com/acme/app":          "ssh://git@github.com/acme/app",
		"ssh://git:secret@github.com/acme/app":   "ssh://***@github.com/acme/app",
		"git@github.com:acme/app":                "git@github.com:acme/app",
		"evil\x1b[31m\nline":                     "evil [31m line",
	} {
		if got := Redact(in); got != want {
			t.Errorf("Redact(%q) = %q; want %q", in, got, want)
		}
	}
}

// FuzzPolicy: whatever is admitted has a parsed form that is admitted too, and
// names no address that is refused.
func FuzzPolicy(f *testing.F) {
	for _, s := range []string{"https://github.com/acme/app.git", "git@github.com:acme/app.git", "ssh://git@[::1]:22/x", "https://[::ffff:169.254.169.254]/x",
		"https://me:secret@host/x", "file:///x", "https://127.1/x", "https://0x7f000001/x", "https://host/%2e%2e/x", "https://host//x", "ext::sh -c x", ".0:/", "..:0"} {
		f.Add(s)
	}
	g, err := Policy{Allow: []string{"https://*.example.com/acme/**", "ssh://**", "https://github.com/**", "https://[[]**"}}.compile()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := g.admit(s)
		if err != nil {
			return
		}
		if _, err := g.admit(a.String()); err != nil {
			t.Errorf("%q is admitted as %q, which is not: %v", s, a, err)
		}
		if ip, err := netip.ParseAddr(a.host); err == nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()) {
			t.Errorf("%q reaches %s", s, ip)
		}
		if a.scheme != "https" && a.scheme != "ssh" {
			t.Errorf("%q has the scheme %s", s, a.scheme)
		}
		if strings.Contains(a.path, "..") && strings.Contains("/"+a.path+"/", "/../") {
			t.Errorf("%q climbs", s)
		}
	})
}
