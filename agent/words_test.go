package agent

import (
	"strings"
	"testing"

	"github.com/spotguide/spotguide/sync/apply"
)

func TestShort(t *testing.T) {
	for revision, want := range map[string]string{
		"main@sha1:0123456789abcdef0123456789abcdef01234567": "main@0123456",
		"sha1:0123456789abcdef0123456789abcdef01234567":      "0123456",
		"main@sha1:012": "main@sha1:012",
		"":              "",
	} {
		if got := short(revision); got != want {
			t.Errorf("%q is shortened to %q, want %q", revision, got, want)
		}
	}
}

func TestSameRevision(t *testing.T) {
	const revision = "main@sha1:0123456789abcdef0123456789abcdef01234567"
	for written, want := range map[string]bool{
		revision:            true,
		"0123456":           true,
		"main@sha1:0123456": true,
		"012345":            false, // too short to be sure
		"1234567":           false,
		"":                  false,
		"main@sha1:":        false,
	} {
		if got := sameRevision(written, revision); got != want {
			t.Errorf("%q names it: %t", written, got)
		}
	}
	bare := "sha1:0123456789abcdef0123456789abcdef01234567" // followed as a commit
	if !sameRevision(bare, bare) || !sameRevision("0123456", bare) || sameRevision("1234567", bare) {
		t.Error("a commit that no branch led to is not known by its name")
	}
}

func TestSummary(t *testing.T) {
	var changes []apply.Change
	for _, action := range []apply.Action{apply.Deleted, apply.Created, apply.Unchanged, apply.Created, apply.Failed} {
		changes = append(changes, apply.Change{Action: action})
	}
	if got, want := summary(changes), "2 created, 1 deleted"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := summary(nil); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}

func TestEventMessageFits(t *testing.T) {
	for shift := range 3 {
		e := newEvent("shop", warning, "SyncFailed", strings.Repeat("m", shift)+strings.Repeat("€", 1000))
		if len(e.Message) > 1024 || !strings.HasSuffix(e.Message, "€ ...") {
			t.Errorf("%d bytes, ending with %q", len(e.Message), e.Message[len(e.Message)-7:])
		}
	}
}
