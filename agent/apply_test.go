package agent

import (
	"log/slog"
	"testing"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/source"
	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/test/gitserver"
)

// repository is a real one, of which tests take snapshots.
type repository struct {
	*testing.T
	git   *gitserver.Server
	store *source.Store
}

func newRepository(t *testing.T) repository {
	t.Helper()
	git, err := gitserver.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := git.Create(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	store, err := source.NewStore(t.TempDir(), source.Policy{AllowFile: true}, source.Limits{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return repository{t, git, store}
}

// commit lays files over those of main and returns the snapshot.
func (r repository) commit(files map[string]string) *source.Snapshot {
	r.Helper()
	if _, err := r.git.Commit(r.Context(), "shop", "main", "change", files); err != nil {
		r.Fatal(err)
	}
	snapshot, err := r.store.Fetch(r.Context(), source.Repository{URL: "file://" + r.git.Path("shop")}, source.Reference{})
	if err != nil {
		r.Fatal(err)
	}
	return snapshot
}

// TestContentKey: whatever bears on a rendering makes another key, and nothing
// else does.
func TestContentKey(t *testing.T) {
	r := newRepository(t)
	inputs := []string{"cart", "base/base.yaml", "cart/values.yaml"}
	first := desired{
		snapshot: r.commit(map[string]string{"cart/a.yaml": "a", "base/base.yaml": "b", "other/o.yaml": "o"}),
		match:    guide.Match{Guide: "kustomize", Dir: "cart"},
		binding:  binding.Binding{Environment: "test", ServiceAccount: "spotguide", Prune: true, Drift: binding.DriftCorrect},
	}
	key := contentKey(first, inputs)
	if key == "" || key != contentKey(first, inputs) {
		t.Fatalf("the key %q is not one", key)
	}
	if none := contentKey(first, nil); none != "" {
		t.Errorf("without inputs the key is %q", none)
	}
	for name, test := range map[string]struct {
		change func(*desired)
		same   bool
	}{
		"guide":         {change: func(d *desired) { d.match.Guide = "manifests" }},
		"folder":        {change: func(d *desired) { d.match.Dir = "other" }},
		"environment":   {change: func(d *desired) { d.binding.Environment = "production" }},
		"account":       {change: func(d *desired) { d.binding.ServiceAccount = "mine" }},
		"prune":         {change: func(d *desired) { d.binding.Prune = false }},
		"approval":      {change: func(d *desired) { d.binding.PruneApproved = "abcdef0" }},
		"asked to look": {change: func(d *desired) { d.binding.SyncRequestedAt = "now" }, same: true},
		"evidence":      {change: func(d *desired) { d.match.Why = []guide.Evidence{{}} }, same: true},
	} {
		d := first
		test.change(&d)
		if got := contentKey(d, inputs); (got == key) != test.same {
			t.Errorf("%s: the same key: %t", name, got == key)
		}
	}
	for _, step := range []struct {
		name  string
		files map[string]string
		same  bool
	}{
		{"another folder", map[string]string{"other/o.yaml": "O"}, true},
		{"a file in the folder", map[string]string{"cart/b.yaml": "b"}, false},
		{"taken back", map[string]string{"cart/b.yaml": gitserver.Removed}, true},
		{"a file outside of it that was read", map[string]string{"base/base.yaml": "B"}, false},
		{"that is removed", map[string]string{"base/base.yaml": gitserver.Removed}, false},
		{"and comes back", map[string]string{"base/base.yaml": "b"}, true},
		{"a file that was looked for in vain", map[string]string{"cart/values.yaml": "v"}, false},
	} {
		d := first
		d.snapshot = r.commit(step.files)
		if got := contentKey(d, inputs); (got == key) != step.same {
			t.Errorf("%s: the same key: %t", step.name, got == key)
		}
	}
}

// TestTryKey: what failed is tried again at once when its folder has changed or
// when a person asks for it.
func TestTryKey(t *testing.T) {
	r := newRepository(t)
	d := desired{snapshot: r.commit(map[string]string{"cart/a.yaml": "a"}), match: guide.Match{Guide: "manifests", Dir: "cart"}}
	key := tryKey(d)
	d.snapshot = r.commit(map[string]string{"README.md": "other"})
	if tryKey(d) != key {
		t.Error("a commit elsewhere is worth a try")
	}
	asked := d
	asked.binding.SyncRequestedAt = "now"
	if tryKey(asked) == key {
		t.Error("a person's wish is not worth a try")
	}
	d.snapshot = r.commit(map[string]string{"cart/a.yaml": "b"})
	if tryKey(d) == key {
		t.Error("a change is not worth a try")
	}
}

// TestReconsider: a revision that failed is not tried again until its inputs have
// changed.
func TestReconsider(t *testing.T) {
	r := newRepository(t)
	a := &application{}
	d := desired{snapshot: r.commit(map[string]string{"cart/a.yaml": "bad"}), match: guide.Match{Guide: "manifests", Dir: "cart"}}
	a.applied.snapshot, a.applied.match, a.applied.inputs = d.snapshot, d.match, []string{"cart"}
	a.view.Revision = d.snapshot.Revision
	a.wake = newNudge()
	a.rollBack("it broke")
	if f := a.view.Failed; f == nil || f.Revision != d.snapshot.Revision || len(a.wake) != 1 {
		t.Fatalf("gave up %+v, woken %d times", f, len(a.wake))
	}
	d.snapshot = r.commit(map[string]string{"README.md": "nothing to do with it"})
	if a.reconsider(d); a.view.Failed == nil {
		t.Error("a commit elsewhere made it forget the failure")
	}
	d.snapshot = r.commit(map[string]string{"cart/a.yaml": "good"})
	if a.reconsider(d); a.view.Failed != nil {
		t.Error("a commit that mends it is not tried")
	}
}
