package deploy

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/source"
)

// judgedLabel marks the namespaces that a test's copy of the policies judges:
// other tests use the same API server.
const judgedLabel = "spotguide-test-policy"

// installPolicies installs the chart's policies under a name of their own, for
// namespaces labelled with it, and returns the name when they are in force.
func installPolicies(t *testing.T, c cluster) string {
	t.Helper()
	name := "test-" + rand.String(6) + "-spotguide"
	for _, u := range ofKind(rendered(t, name, "default", nil), "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding") {
		if u.GetKind() == "ValidatingAdmissionPolicyBinding" {
			err := unstructured.SetNestedField(u.Object, name, "spec", "matchResources", "namespaceSelector", "matchLabels", judgedLabel)
			if err != nil {
				t.Fatal(err)
			}
		}
		install(t, c, u)
	}
	bad := judged(name, map[string]string{"spotguide.dev/absent": "x"})
	eventually(t, "the policy is in force", func(ctx context.Context) bool {
		return c.Create(ctx, bad.DeepCopy(), client.DryRunAll) != nil
	})
	return name
}

// install creates an object that is deleted when the test ends.
func install(t *testing.T, c cluster, u *unstructured.Unstructured) {
	t.Helper()
	if err := c.Create(t.Context(), u); err != nil {
		t.Fatalf("%s %s: %v", u.GetKind(), u.GetName(), err)
	}
	t.Cleanup(func() {
		if err := c.Delete(context.Background(), u); err != nil {
			t.Errorf("delete %s %s: %v", u.GetKind(), u.GetName(), err)
		}
	})
}

func eventually(t *testing.T, what string, condition func(context.Context) bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, 2*time.Minute, true,
		func(ctx context.Context) (bool, error) { return condition(ctx), nil })
	if err != nil {
		t.Fatalf("wait until %s: %v", what, err)
	}
}

// judged is a namespace that the policies under name judge.
func judged(name string, annotations map[string]string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: "shop", Labels: map[string]string{judgedLabel: name}, Annotations: annotations,
	}}
}

const commit = "0123456789abcdef0123456789abcdef01234567"

// TestAnnotations sends every annotation in good and bad forms, and asks the
// agent's own parser the same: what the policy lets pass the agent must
// understand, and what it refuses the agent must refuse.
func TestAnnotations(t *testing.T) {
	tests := map[string]struct{ good, bad []string }{
		"repository": {
			good: []string{
				"https://github.com/acme/shop", "https://github.com/acme/shop.git", "https://git.example.com:8443/shop.git",
				"http://git.example.com/shop", "ssh://git@git.example.com/acme/shop.git", "ssh://git.example.com:2222/shop",
				"git@github.com:acme/shop.git", "github.com:acme/shop.git", "file:///srv/git/shop.git", "",
			},
			bad: []string{
				"github.com/acme/shop", "shop", "https://", "https://github.com", "https://user:secret@github.com/acme/shop",
				"https://token@github.com/acme/shop", "ssh://git:secret@git.example.com/shop", "https://github.com/acme/shop?ref=x",
				"https://github.com/acme/my shop", "https://github.com/acme/shop#main", "a\nb",
			},
		},
		"ref": {
			good: []string{"", "main", "HEAD", "release/1.2", "feature@2", "tag:v1.2.3", "branch:main", "refs/tags/v1", "refs/heads/main", "semver:>=1.0 <2", "semver:1.x", commit},
			bad:  []string{"a b", "a..b", "a~1", "a^", "-x", "a//b", "/a", "a/", "a.lock", "a\\b", "tag:", "semver:", "semver:latest", "a:b:c", ".a", "@", "a@{1}", "a\x00b"},
		},
		"path": {
			good: []string{"", ".", "./apps", "apps/shop", "a..b/c"},
			bad:  []string{"/etc", "..", "../x", "a/../../b", "a\\b"},
		},
		"credentials":     {good: []string{"", "git", "git.shop-1"}, bad: []string{"Git", "a_b", "-a", "a/b", strings.Repeat("a", 254)}},
		"service-account": {good: []string{"", "deployer"}, bad: []string{"system:admin", "a b"}},
		"guide":           {good: []string{"", "kustomize"}, bad: []string{"a/b"}},
		"environment":     {good: []string{"", "production"}, bad: []string{"Prod"}},
		"interval":        {good: []string{"", "5s", "1m", "1h30m", "1.5h", "5000ms"}, bad: []string{"5", "4s", "-1m", "1 m", "soon", "1d", "4999ms"}},
		"suspend":         {good: []string{"", "true", "false"}, bad: []string{"yes", "True", "1"}},
		"prune":           {good: []string{"", "true", "false"}, bad: []string{"no"}},
		"drift":           {good: []string{"", "correct", "warn", "ignore"}, bad: []string{"fix", "Correct"}},
		"verify":          {good: []string{""}, bad: []string{"true", "cosign"}},
		"depends-on":      {good: []string{"", "db", "db, cache/redis", "a,,b"}, bad: []string{"DB", "a b", "shop", "a/b/c", "db,/x"}},
		"prune-approved":  {good: []string{"", "main@sha1:" + commit, "a/b@sha1:" + commit, commit, "0123456"}, bad: []string{"main", "main@sha1:", "main@md5:" + commit, "yes"}},
		"promoted":        {good: []string{"", "main@sha1:" + commit, "a/b@sha1:" + commit, "sha1:" + commit, commit}, bad: []string{"main", "main@sha1:0123456", "0123456", "a b@sha1:" + commit, "main@md5:" + commit}},
		"promoted-from":   {good: []string{"", "shop-staging"}, bad: []string{"Shop", "a/b"}},
		"rollback-to":     {good: []string{"", "main@sha1:" + commit}, bad: []string{"HEAD~1"}},
		"unknown":         {bad: []string{"x"}},
		"repo":            {bad: []string{"https://github.com/acme/shop"}},
	}
	c := newCluster(t)
	name := installPolicies(t, c)
	for key, tt := range tests {
		t.Run(key, func(t *testing.T) {
			for _, value := range tt.good {
				expect(t, c, name, key, value, true)
			}
			for _, value := range tt.bad {
				expect(t, c, name, key, value, false)
			}
		})
	}
}

// expect sends one annotation and asks the agent's parser about it.
func expect(t *testing.T, c cluster, policy, key, value string, good bool) {
	t.Helper()
	annotations := map[string]string{"spotguide.dev/" + key: value}
	err := c.Create(t.Context(), judged(policy, annotations), client.DryRunAll)
	switch {
	case good && err != nil:
		t.Errorf("%q is refused: %v", value, err)
	case !good && err == nil:
		t.Errorf("%q is accepted", value)
	case !good && !strings.Contains(err.Error(), key):
		t.Errorf("the refusal of %q does not name the annotation: %v", value, err)
	}
	if err := understands(annotations); (err == nil) != good {
		t.Errorf("the agent on %q: error %v", value, err)
	}
}

// understands asks the agent's parsers. What of an address may be reached is the
// operator's to say, not the policy's: here everything may.
func understands(annotations map[string]string) error {
	b, err := binding.Parse("shop", annotations)
	if err != nil || b.Repository == "" {
		return err
	}
	return source.Policy{AllowFile: true, AllowHTTP: true}.Check(b.Repository)
}

// TestAnnotationsOfTheAgent are those that people do not set.
func TestAnnotationsOfTheAgent(t *testing.T) {
	c := newCluster(t)
	name := installPolicies(t, c)
	for value, good := range map[string]bool{"Healthy": true, "RolledBack": true, "": true, "healthy": false} {
		if err := c.Create(t.Context(), judged(name, map[string]string{binding.Phase: value}), client.DryRunAll); (err == nil) != good {
			t.Errorf("phase %q: error %v", value, err)
		}
	}
	for value, good := range map[string]bool{
		"2026-01-31T12:00:00Z": true, "2026-01-31T12:00:00.123456+01:00": true, "": true, "now": false, "1767225600": false,
	} {
		if err := c.Create(t.Context(), judged(name, map[string]string{binding.SyncRequestedAt: value}), client.DryRunAll); (err == nil) != good {
			t.Errorf("sync-requested-at %q: error %v", value, err)
		}
	}
	all := map[string]string{
		binding.Revision: "main@sha1:" + commit, binding.Message: "2 applications, all well: a (kustomize), b (helm)",
		"spotguide.dev/force": "true", "example.com/other": "anything goes?",
	}
	if err := c.Create(t.Context(), judged(name, all), client.DryRunAll); err != nil {
		t.Error(err)
	}
}

// TestRefusalListsAnnotations checks that a mistyped key is met with the list.
func TestRefusalListsAnnotations(t *testing.T) {
	c := newCluster(t)
	name := installPolicies(t, c)
	err := c.Create(t.Context(), judged(name, map[string]string{"spotguide.dev/repo": "x", "spotguide.dev/path": "."}), client.DryRunAll)
	if err == nil {
		t.Fatal("an unknown annotation is accepted")
	}
	if !strings.Contains(err.Error(), "there is no annotation spotguide.dev/repo; after spotguide.dev/ may come repository, ref, path") {
		t.Errorf("error = %v", err)
	}
}

// TestOldAnnotationsAreLeftAlone has a namespace with a bad annotation from
// before the policy: others can be changed, the agent's too, the bad one only
// for the better.
func TestOldAnnotationsAreLeftAlone(t *testing.T) {
	c := newCluster(t)
	name := installPolicies(t, c)
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "test-", Annotations: map[string]string{"spotguide.dev/drift": "fix"},
	}}
	if err := c.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Delete(context.Background(), ns); err != nil {
			t.Error(err)
		}
	})
	steps := []struct {
		set  map[string]string
		good bool
	}{
		{map[string]string{"spotguide.dev/phase": "Failed", "spotguide.dev/message": "drift is wrong"}, true},
		{map[string]string{"spotguide.dev/drift": "repair"}, false},
		{map[string]string{"spotguide.dev/suspend": "maybe"}, false},
		{map[string]string{"spotguide.dev/drift": "warn"}, true},
		{map[string]string{"spotguide.dev/drift": "fix"}, false},
	}
	for _, step := range steps {
		next := ns.DeepCopy()
		next.Labels[judgedLabel] = name
		maps.Copy(next.Annotations, step.set)
		err := c.Update(t.Context(), next)
		if (err == nil) != step.good {
			t.Errorf("set %v: error %v", step.set, err)
		}
		if err == nil {
			ns = next
		}
	}
}

// TestAnnotator has somebody with the role spotguide-annotator in one namespace:
// annotations of ours and nothing else, there and nowhere else.
func TestAnnotator(t *testing.T) {
	c := newCluster(t)
	name := installPolicies(t, c)
	ns := judged(name, map[string]string{"example.com/team": "shop"})
	ns.Name, ns.GenerateName = "", "test-"
	if err := c.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Delete(context.Background(), ns); err != nil {
			t.Error(err)
		}
	})
	for _, u := range ofKind(rendered(t, name, "default", nil), "ClusterRole") {
		if strings.HasSuffix(u.GetName(), "-annotator") {
			install(t, c, u)
		}
	}
	bindRole(t, c, ns.Name, name+"-annotator", "anna")
	anna := as(t, c, "anna")
	eventually(t, "anna may patch", func(ctx context.Context) bool {
		return anna.Patch(ctx, ns.DeepCopy(), mergePatch(`{"metadata":{"annotations":{"spotguide.dev/suspend":"true"}}}`)) == nil
	})
	patches := map[string]bool{
		`{"metadata":{"annotations":{"spotguide.dev/suspend":null,"spotguide.dev/repository":"https://git.example.com/x"}}}`: true,
		`{"metadata":{"annotations":{"spotguide.dev/drift":"fix"}}}`:                                                         false,
		`{"metadata":{"annotations":{"example.com/team":null}}}`:                                                             false,
		`{"metadata":{"annotations":{"example.com/other":"x"}}}`:                                                             false,
		`{"metadata":{"labels":{"` + restrict + `":"privileged"}}}`:                                                          false,
		`{"metadata":{"finalizers":["example.com/mine"]}}`:                                                                   false,
	}
	for _, patch := range slices.Sorted(maps.Keys(patches)) {
		err := anna.Patch(t.Context(), ns.DeepCopy(), mergePatch(patch), client.DryRunAll)
		if (err == nil) != patches[patch] {
			t.Errorf("%s: error %v", patch, err)
		}
		if admin := c.Patch(t.Context(), ns.DeepCopy(), mergePatch(patch), client.DryRunAll); !strings.Contains(patch, `"fix"`) && admin != nil {
			t.Errorf("%s as an administrator: %v", patch, admin)
		}
	}
	other := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	if err := anna.Patch(t.Context(), other, mergePatch(`{"metadata":{"annotations":{"spotguide.dev/suspend":"true"}}}`), client.DryRunAll); err == nil {
		t.Error("a role in one namespace reaches another")
	}
}

func mergePatch(patch string) client.Patch {
	return client.RawPatch("application/merge-patch+json", []byte(patch))
}
