package integration

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
)

// environments is an environment.yaml with so much below environments.
func environments(lines ...string) string {
	return "apiVersion: spotguide.dev/v1\nkind: Environment\nenvironments:\n  " + strings.Join(lines, "\n  ") + "\n"
}

const environmentFile = ".spotguide/environment.yaml"

// stages is a repository whose branch release feeds staging, and production in
// the way that is given.
type stages struct {
	*world
	name, url           string
	staging, production string
}

func newStages(t *testing.T, production string) *stages {
	t.Helper()
	s := &stages{world: newWorld(t), name: "cart"}
	s.url = s.repository(s.name, map[string]string{
		"cart.yaml": fill(configMap, "cart", "0"), "web.yaml": fill(deployment, "web", "0"),
		environmentFile: environments("dev: {ref: main}", "staging: {ref: release}", "production: "+production),
	})
	s.staging = s.namespace(s.url, binding.Environment, "staging")
	s.production = s.namespace(s.url, binding.Environment, "production")
	return s
}

// release commits to main, and has the branch release point there.
func (s *stages) release(note string) string {
	s.Helper()
	hash := s.commit(s.name, note, map[string]string{"cart.yaml": fill(configMap, "cart", note), "web.yaml": fill(deployment, "web", note)})
	s.point(hash)
	return hash
}

// point has the branch release stand at a commit, and the agent look at staging.
func (s *stages) point(hash string) {
	s.Helper()
	s.must(s.git.Move(s.Context(), s.name, "release", hash))
	s.nudge(s.staging)
}

// told waits until so many Events of a namespace have a reason.
func (w *world) told(namespace, reason string, n int) (messages []string) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	events, err := w.client.CoreV1().Events(namespace).Watch(ctx, metav1.ListOptions{FieldSelector: "reason=" + reason})
	w.must(err)
	defer events.Stop()
	for event := range events.ResultChan() {
		e, ok := event.Object.(*corev1.Event)
		if ok && event.Type == watch.Added {
			messages = append(messages, e.Message)
		}
		if len(messages) == n {
			break
		}
	}
	all, err := w.client.CoreV1().Events(namespace).List(w.Context(), metav1.ListOptions{FieldSelector: "reason=" + reason})
	w.must(err)
	if len(all.Items) != n {
		w.Errorf("%s was told %d times: %q", reason, len(all.Items), messages)
	}
	return messages
}

// TestFeeds: environment.yaml of the default branch says what feeds a namespace,
// and its annotation goes before that.
func TestFeeds(t *testing.T) {
	w := newWorld(t)
	url := w.repository("cart", map[string]string{
		"cart.yaml": fill(configMap, "cart", "first"), environmentFile: environments("dev: {ref: main}", "staging: {ref: release}"),
	})
	first, err := w.git.Head(t.Context(), "cart", "main")
	w.must(err)
	w.must(w.git.Move(t.Context(), "cart", "release", first))
	second := w.commit("cart", "second", map[string]string{"cart.yaml": fill(configMap, "cart", "second")})
	dev, staging := w.namespace(url, binding.Environment, "dev"), w.namespace(url, binding.Environment, "staging")
	own := w.namespace(url, binding.Environment, "staging", binding.Ref, "main")
	w.agent()
	w.untilHealthyAt(dev, second)
	w.untilHealthyAt(own, second)
	s := w.untilHealthyAt(staging, first)
	if s.Ref != "release" || s.RefFrom != environmentFile+":5" || s.Environment != "staging" || w.note(staging, "cart") != "first" {
		t.Errorf("it follows %q by %q as %q and holds %q", s.Ref, s.RefFrom, s.Environment, w.note(staging, "cart"))
	}

	// What the default branch says holds at once, whatever stands on release.
	w.must(w.git.Tag(t.Context(), "cart", "v1.0.0", second, ""))
	w.commit("cart", "by version", map[string]string{environmentFile: environments("dev: {ref: main}", "", "staging: {ref: 'semver:1.x'}")})
	if s := w.look(staging); s.Ref != "semver:1.x" || s.RefFrom != environmentFile+":6" {
		t.Errorf("it follows %q by %q", s.Ref, s.RefFrom)
	}
	w.untilHealthyAt(staging, second)
}

// TestFeedsThatAreWrong name the line, and what runs goes on running.
func TestFeedsThatAreWrong(t *testing.T) {
	w := newWorld(t)
	url := w.repository("cart", map[string]string{"cart.yaml": fill(configMap, "cart", "first"), environmentFile: environments("staging: {ref: main}")})
	ns := w.namespace(url, binding.Environment, "staging")
	w.agent()
	w.untilPhase(ns, status.Healthy)
	for _, test := range []struct {
		environments []string
		want         string
	}{
		{[]string{"dev: {ref: main}"}, environmentFile + `:4:3: environments: environment "staging" is not declared in environment.yaml; it has dev`},
		{[]string{"dev: {ref: main}", "staging: {}"}, environmentFile + ":5:12: environments.staging: has neither ref nor promote"},
		{[]string{"staging: {ref: release}"}, environmentFile + ":4: environments.staging.ref: " + url + ": no branch or tag release (branches there: main)"},
		{[]string{"staging: {ref: '..'}"}, environmentFile + ":4:18: environments.staging.ref: "},
		{[]string{"dev: {promote: {from: staging}}", "staging: {promote: {from: dev}}"}, "environments.staging.promote.from: staging is promoted from dev is promoted from staging"},
	} {
		w.commit("cart", "wrong", map[string]string{environmentFile: environments(test.environments...)})
		s := w.look(ns)
		if s.Phase != status.Failed || !strings.Contains(s.Message, test.want) || len(s.Applications) != 1 {
			t.Errorf("%s: %s\nwant %s", s.Phase, s.Message, test.want)
		}
	}
	fixed := w.commit("cart", "fixed", map[string]string{"cart.yaml": fill(configMap, "cart", "fixed"), environmentFile: environments("staging: {ref: main}")})
	w.look(ns)
	w.untilHealthyAt(ns, fixed)
}

// TestPromotedByHand follows the annotation in place of the branch.
func TestPromotedByHand(t *testing.T) {
	w := newWorld(t)
	url := w.repository("cart", map[string]string{"cart.yaml": fill(configMap, "cart", "first")})
	staging, production := w.namespace(url), w.namespace(url, binding.Ref, "main")
	w.agent()
	first := w.untilPhase(staging, status.Healthy).Revision
	second := w.commit("cart", "second", map[string]string{"cart.yaml": fill(configMap, "cart", "second")})
	w.nudge(production)
	w.untilHealthyAt(production, second)
	w.annotate(production, binding.PromotedFrom, staging)
	w.annotate(production, binding.Promoted, first)
	s := w.until(production, "the promotion", func(s status.Status) bool {
		return s.Phase == status.Healthy && s.Revision == first && s.Promotion.Origin() == "promoted by hand from "+staging
	})
	w.look(production)
	if got := w.note(production, "cart"); s.Revision != first || got != "first" {
		t.Errorf("%s runs, and it holds %q", s.Revision, got)
	}
	if told := strings.Join(w.told(production, "Promoted", 1), "\n"); !strings.Contains(told, "main@"+first[len("main@sha1:"):][:7]+" promoted by hand from "+staging) {
		t.Errorf("events: %q", told)
	}

	w.annotate(production, binding.Promoted, "main@sha1:"+second)
	w.untilHealthyAt(production, second)
	w.annotate(production, binding.RollbackTo, first)
	w.untilPhase(production, status.RolledBack)
	w.annotate(production, binding.RollbackTo, "")
	s = w.untilHealthyAt(production, second)
	if s.Promotion == nil || s.Promotion.Previous != first {
		t.Errorf("after a rollback: %+v", s.Promotion)
	}
	third := w.commit("cart", "third", map[string]string{"cart.yaml": fill(configMap, "cart", "third")})
	w.annotate(production, binding.Promoted, "")
	s = w.untilHealthyAt(production, third)
	if s.Promotion != nil {
		t.Errorf("it follows its branch again, and is %s", s.Promotion.Origin())
	}
	w.annotate(production, binding.Promoted, "main@sha1:"+strings.Repeat("0", 40))
	s = w.untilPhase(production, status.Failed)
	if !strings.Contains(s.Message, "no commit 0000") || w.note(production, "cart") != "third" {
		t.Errorf("a commit that is not there: %s, and it holds %q", s.Message, w.note(production, "cart"))
	}
}

// TestPromotedByRule: once a revision has been healthy for the time in staging,
// also across a restart; what fails or goes back there is not followed.
func TestPromotedByRule(t *testing.T) {
	s := newStages(t, "{promote: {from: staging, after: 3s}}")
	agent := s.agent()
	pending := s.until(s.production, "what it waits for", func(s status.Status) bool { return s.Phase == status.Pending && s.Message != "" })
	if !strings.Contains(pending.Message, "staging") || len(pending.Applications) > 0 {
		t.Errorf("before there is anything: %s", pending.Message)
	}
	first := s.release("1")
	s.untilHealthyAt(s.staging, first)
	since := time.Now()
	s.until(s.production, "the time", func(s status.Status) bool {
		return s.Promotion != nil && strings.Contains(s.Promotion.Message, "comes in at")
	})
	p := s.untilHealthyAt(s.production, first)
	if early := 3*time.Second - time.Since(since); early > time.Second { // times are told in whole seconds
		t.Errorf("promoted %s too early", early)
	}
	if p.Promotion.Origin() != "promoted from staging" || p.Revision != "release@sha1:"+first {
		t.Errorf("%s is %s", p.Revision, p.Promotion.Origin())
	}

	// A restart in between costs neither what runs nor what comes.
	second := s.release("2")
	s.untilHealthyAt(s.staging, second)
	agent.stop(syscall.SIGKILL)
	s.agent()
	s.untilHealthyAt(s.production, second)
	s.told(s.production, "Promoted", 2)

	// A revision that never becomes healthy, then one that was before.
	bad := s.commit(s.name, "bad", map[string]string{
		"web.yaml": strings.Replace(fill(deployment, "web", "3"), "annotations: {", `annotations: {simulate.spotguide.dev/crash: "true", `, 1),
	})
	s.point(bad)
	s.until(s.production, "that staging is not well", func(s status.Status) bool {
		return strings.Contains(s.Promotion.Message, "is not healthy in staging")
	})
	s.point(first)
	s.untilHealthyAt(s.staging, first)
	q := s.until(s.production, "that staging is older", func(s status.Status) bool { return strings.Contains(s.Promotion.Message, "is older than") })
	if q.Phase != status.Healthy || !strings.HasSuffix(q.Revision, second) || s.note(s.production, "cart") != "2" {
		t.Errorf("production is %s at %s and holds %q", q.Phase, q.Revision, s.note(s.production, "cart"))
	}
	third := s.release("3")
	s.untilHealthyAt(s.production, third)

	// Without staging nothing comes, and nothing goes.
	s.must(s.client.CoreV1().Namespaces().Delete(t.Context(), s.staging, metav1.DeleteOptions{}))
	q = s.until(s.production, "that staging is gone", func(s status.Status) bool {
		return strings.Contains(s.Promotion.Message, "waits for a namespace of environment staging")
	})
	if q.Phase != status.Healthy || !strings.HasSuffix(q.Revision, third) {
		t.Errorf("production is %s at %s", q.Phase, q.Revision)
	}
}

// TestPromotedByApproval waits for a person, each time, and tells once.
func TestPromotedByApproval(t *testing.T) {
	s := newStages(t, "{promote: {from: staging, approval: true}}")
	agent := s.agent()
	first := s.release("1")
	held := s.untilPhase(s.production, status.Held)
	if held.Promotion.Waiting != "release@sha1:"+first || !strings.Contains(held.Message, "waits for `spotguide promote -n "+s.production+"`") {
		t.Errorf("%q waits: %s", held.Promotion.Waiting, held.Message)
	}
	s.annotate(s.production, binding.Promoted, held.Promotion.Waiting)
	s.untilHealthyAt(s.production, first)

	second := s.release("2")
	s.untilPhase(s.production, status.Held)
	agent.stop(syscall.SIGTERM)
	s.agent()
	held = s.look(s.production) // it is held from the start, however staging stands by then
	if held.Phase != status.Held || !strings.HasSuffix(held.Promotion.Waiting, second) || !strings.HasSuffix(held.Revision, first) || s.note(s.production, "cart") != "1" {
		t.Errorf("%s: %s runs, and %s waits", held.Phase, held.Revision, held.Promotion.Waiting)
	}
	// Nobody who depends on it waits with it.
	other := s.namespace(s.url, binding.Ref, "main", binding.DependsOn, s.production)
	s.untilPhase(other, status.Healthy)
	s.annotate(s.production, binding.Promoted, held.Promotion.Waiting)
	s.untilHealthyAt(s.production, second)
	s.told(s.production, "PromotionWaits", 2)
}

// TestPromotedFromAll: all namespaces of the environment have to be healthy with a
// revision; those that follow something else or cannot read the repository are
// none of them, and nobody's name is told.
func TestPromotedFromAll(t *testing.T) {
	s := newStages(t, "{promote: {from: staging}}")
	other := s.namespace(s.url, binding.Environment, "staging")
	stranger := s.namespace(s.url, binding.Environment, "staging", binding.Ref, "main")
	blind := s.namespace(s.url, binding.Environment, "staging", binding.Credentials, "absent")
	s.agent()
	s.untilPhase(blind, status.Failed)
	s.annotate(other, binding.Suspend, "true")
	first := s.release("1")
	s.untilHealthyAt(s.staging, first)
	p := s.until(s.production, "the other one", func(s status.Status) bool { return s.Message != "" })
	for _, name := range []string{other, stranger, blind} {
		if strings.Contains(p.Message, name) {
			t.Errorf("it names %s: %s", name, p.Message)
		}
	}
	if len(p.Applications) > 0 {
		t.Errorf("it did not wait: %s", p.Revision)
	}
	s.annotate(other, binding.Suspend, "")
	s.untilHealthyAt(other, first)
	s.untilHealthyAt(s.production, first)
	if all, err := s.client.CoreV1().Events(stranger).List(t.Context(), metav1.ListOptions{FieldSelector: "type=" + corev1.EventTypeWarning}); err != nil || len(all.Items) > 0 {
		t.Errorf("the stranger: %v %v", all.Items, err)
	}
}
