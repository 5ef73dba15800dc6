package binding

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	got, err := Parse("shop", map[string]string{
		Repository: "https://example.com/team/shop.git", Ref: "main", Path: "./apps/shop/", Interval: "30s",
		Prune: "false", Drift: "warn", DependsOn: "db, infra/ingress", RollbackTo: "main@sha1:0123456789abcdef0123456789abcdef01234567",
		Consumers: "bank, team-*,", Phase: "Healthy", "example.com/other": "anything",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Binding{
		Namespace: "shop", Repository: "https://example.com/team/shop.git", Ref: "main", Path: "apps/shop",
		Interval: 30 * time.Second, ServiceAccount: "spotguide", Drift: DriftWarn,
		DependsOn:  []Dependency{{Namespace: "db"}, {Namespace: "infra", Application: "ingress"}},
		RollbackTo: "main@sha1:0123456789abcdef0123456789abcdef01234567", Consumers: "bank,team-*",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.Identity() != "system:serviceaccount:shop:spotguide" {
		t.Errorf("identity is %s", got.Identity())
	}
}

func TestParseTellsEveryMistake(t *testing.T) {
	_, err := Parse("shop", map[string]string{
		Repository: "https://example.com/a b", Ref: "semver:>>", Path: "../../etc", Credentials: "No_Secret",
		Interval: "1s", Suspend: "yes", Drift: "fight", DependsOn: "shop, not/a/name", Verify: "HEAD",
		PruneApproved: "latest", Approved: "all", Consumers: "shop/cart", Promoted: "main@sha1:0123456", PromotedFrom: "No_Name", Prefix + "intervall": "1m",
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, key := range []string{Repository, Ref, Path, Credentials, Interval, Suspend, Drift, DependsOn, Verify, PruneApproved, Approved, Consumers, Promoted, PromotedFrom, Prefix + "intervall"} {
		if !strings.Contains(err.Error(), "annotation "+key+": ") {
			t.Errorf("the error does not name %s:\n%v", key, err)
		}
	}
}

func TestRootName(t *testing.T) {
	for want, annotations := range map[string]map[string]string{
		"shop":    {Repository: "https://example.com/team/shop.git"},
		"shop2":   {Repository: "git@example.com:team/shop2.git/", Path: "./"},
		"catalog": {Repository: "https://example.com/team/shop.git", Path: "apps/catalog/"},
	} {
		b, err := Parse("any", annotations)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.RootName(); got != want {
			t.Errorf("%v gives %q instead of %q", annotations, got, want)
		}
	}
}

func TestEqual(t *testing.T) {
	parse := func(extra map[string]string) Binding {
		annotations := map[string]string{Repository: "https://example.com/a.git", DependsOn: "x"}
		for k, v := range extra {
			annotations[k] = v
		}
		b, err := Parse("a", annotations)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	plain := parse(nil)
	if !plain.Equal(parse(map[string]string{Phase: "Failed"})) {
		t.Error("what the agent writes makes a difference")
	}
	for key, value := range map[string]string{Ref: "dev", DependsOn: "y", SyncRequestedAt: "now", Environment: "production", Promoted: "0123456789abcdef0123456789abcdef01234567"} {
		if plain.Equal(parse(map[string]string{key: value})) {
			t.Errorf("%s makes no difference", key)
		}
	}
}

// Whatever somebody writes into an annotation, the agent must not fall over it,
// and a path must never leave the repository.
func FuzzParse(f *testing.F) {
	for _, key := range ours() {
		f.Add(key, "main")
	}
	f.Add(Path, "a/../../b")
	f.Fuzz(func(t *testing.T, key, value string) {
		b, _ := Parse("shop", map[string]string{Repository: "https://example.com/a.git", key: value})
		if strings.HasPrefix(b.Path, "/") || strings.HasPrefix(b.Path, "..") {
			t.Errorf("path %q leaves the repository", b.Path)
		}
		if b.Interval < MinInterval {
			t.Errorf("interval %s", b.Interval)
		}
	})
}

func TestRevisions(t *testing.T) {
	const hash = "0123456789abcdef0123456789abcdef01234567"
	for written, ok := range map[string]bool{
		hash: true, "0123456": true, "main@sha1:" + hash: true, "sha1:" + hash: true,
		"012345": false, "main@" + hash: false, "a b@sha1:" + hash: false, hash + "0": false,
	} {
		_, err := Parse("shop", map[string]string{Repository: "https://example.com/a.git", PruneApproved: written})
		if (err == nil) != ok {
			t.Errorf("%q: %v", written, err)
		}
	}
}
