package source

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
)

// hashOf returns a full hash that begins with two digits.
func hashOf(n int) string { return fmt.Sprintf("%02d", n) + strings.Repeat("0", 38) }

// advertised makes an advertisement of reference names, numbered from 1.
func advertised(head string, names ...string) advertisement {
	refs := packp.NewAdvRefs()
	for i, name := range names {
		h := plumbing.NewHash(hashOf(i + 1))
		if tag, ok := strings.CutSuffix(name, "^{}"); ok {
			refs.Peeled[tag] = h
			continue
		}
		refs.References[name] = h
		if name == head {
			refs.Head = &h
			_ = refs.Capabilities.Add(capability.SymRef, "HEAD:"+head)
		}
	}
	return newAdvertisement(refs)
}

func TestReferenceFind(t *testing.T) {
	adv := advertised("refs/heads/main",
		"refs/heads/main", "refs/heads/dev", "refs/tags/dev", "refs/tags/v1.0.0", "refs/tags/v1.10.0",
		"refs/tags/v1.2.0", "refs/tags/v2.0.0-rc.1", "refs/tags/1.10.0", "refs/tags/nightly", "refs/tags/v1.0.0^{}", "refs/heads/release/1.0")
	for _, c := range []struct {
		ref, want string
		object    int
		kind      Kind
	}{
		{"", "main@sha1:" + hashOf(1), 1, ""},
		{"HEAD", "main@sha1:" + hashOf(1), 1, ""},
		{"main", "main@sha1:" + hashOf(1), 1, ""},
		{"dev", "dev@sha1:" + hashOf(2), 2, ""}, // the branch comes first
		{"tag:dev", "dev@sha1:" + hashOf(3), 3, ""},
		{"refs/tags/dev", "dev@sha1:" + hashOf(3), 3, ""},
		{"branch:dev", "dev@sha1:" + hashOf(2), 2, ""},
		{"release/1.0", "release/1.0@sha1:" + hashOf(11), 11, ""},
		{"v1.2.0", "v1.2.0@sha1:" + hashOf(6), 6, ""},
		{"tag:v1.0.0", "v1.0.0@sha1:" + hashOf(10), 4, ""}, // annotated: the commit, by way of the tag
		{"semver:1.x", "v1.10.0@sha1:" + hashOf(5), 5, ""}, // of equal versions, the last by name
		{"semver:>=1.0 <1.10", "v1.2.0@sha1:" + hashOf(6), 6, ""},
		{"semver:~1.0", "v1.0.0@sha1:" + hashOf(10), 4, ""},
		{"semver:>=2", "", 0, KindNotFound}, // a pre-release is not in it
		{"semver:>=2.0.0-0", "v2.0.0-rc.1@sha1:" + hashOf(7), 7, ""},
		{hashOf(10), "sha1:" + hashOf(10), 4, ""},
		{strings.ToUpper("ab" + hashOf(1)[2:]), "sha1:ab" + hashOf(1)[2:], -1, ""},
		{"gone", "", 0, KindNotFound},
		{"tag:main", "", 0, KindNotFound},
	} {
		t.Run(c.ref, func(t *testing.T) {
			got, err := reference(t, c.ref).find(adv)
			wantKind(t, err, c.kind)
			if err != nil {
				return
			}
			if got.revision() != c.want {
				t.Errorf("got %s; want %s", got.revision(), c.want)
			}
			if want := hashOf(c.object); c.object > 0 && got.object != want {
				t.Errorf("asks for %s; want %s", got.object, want)
			}
		})
	}
}

func TestDefaultBranchThatIsGone(t *testing.T) {
	_, err := Reference{}.find(advertised("refs/heads/main", "refs/heads/dev", "refs/heads/next"))
	wantKind(t, err, KindNotFound)
	if !strings.Contains(err.Error(), "dev, next") {
		t.Errorf("the error does not name the branches there: %v", err)
	}
}

func TestParseReferenceRefuses(t *testing.T) {
	for _, s := range []string{"semver:", "semver:not a range", "tag:", "a..b", "a b", "/a", "a/", "-x", "a//b", ".a", "a.lock", "a@{1}", "@", "a^", "a~1",
		"a:b", "refs/heads/*", "a\\b", "tag:../x", "\x00", "a\n", strings.Repeat("x", 300)} {
		if r, err := ParseReference(s); err == nil {
			t.Errorf("%q was read as %+v", s, r)
		} else if kindOf(err) != KindInvalid {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// FuzzParseReference: what is read can be written and read again, and never asks
// for a name that Git does not allow.
func FuzzParseReference(f *testing.F) {
	for _, s := range []string{"", "main", "tag:v1", "semver:>=1 <2", "refs/heads/x", hashOf(3), "branch:a/b"} {
		f.Add(s)
	}
	adv := advertised("refs/heads/main", "refs/heads/main", "refs/tags/v1.2.3")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseReference(s)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\x00\n\x1b") {
				t.Errorf("unprintable error %q", err)
			}
			return
		}
		again, err := ParseReference(r.String())
		if err != nil || again.name != r.name || again.short != r.short || again.commit != r.commit {
			t.Errorf("%q is read as %+v, and again as %+v, %v", s, r, again, err)
		}
		if target, err := r.find(adv); err == nil && !plumbing.IsHash(target.commit) {
			t.Errorf("%q stands for %+v", s, target)
		}
	})
}

// TestPinned gives a revision back as it was, wherever its branch stands.
func TestPinned(t *testing.T) {
	adv := advertised("refs/heads/main", "refs/heads/main", "refs/heads/dev")
	for _, revision := range []string{"main@sha1:" + hashOf(9), "release/1@2@sha1:" + hashOf(2), "sha1:" + hashOf(1)} {
		ref, err := Pinned(revision)
		if err != nil {
			t.Fatal(err)
		}
		found, err := ref.find(adv)
		if err != nil || !strings.HasSuffix(revision, found.commit) || ref.String() != revision {
			t.Errorf("%s: %+v as %q, %v", revision, found, ref, err)
		}
	}
	if ref, err := Pinned(hashOf(3)); err != nil || ref.commit != hashOf(3) || ref.label != "" {
		t.Errorf("a bare commit: %+v, %v", ref, err)
	}
	for _, wrong := range []string{"", "main", "main@sha1:0123456", "main" + "sha1:" + hashOf(1), "a b@sha1:" + hashOf(1), "main@sha1:" + hashOf(1) + "0", "a..b@sha1:" + hashOf(1)} {
		if ref, err := Pinned(wrong); err == nil {
			t.Errorf("%q is taken for %+v", wrong, ref)
		}
	}
}
