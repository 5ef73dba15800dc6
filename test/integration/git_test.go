package integration

import (
	"context"
	"net"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/test/gitserver"
)

// TestForcePush: what the new history lacks is pruned, and what it has too stays.
func TestForcePush(t *testing.T) {
	w := newWorld(t)
	ns := w.namespace(w.repository("cart", map[string]string{
		"cart.yaml": fill(deployment, "cart", "one"), "keep.yaml": fill(configMap, "keep", "one"), "old.yaml": fill(configMap, "old", "one"),
	}))
	w.agent()
	w.untilPhase(ns, status.Healthy)
	before := w.deployment(ns, "cart")
	forced, err := w.git.ForceCommit(t.Context(), "cart", "main", "another history", map[string]string{
		"cart.yaml": fill(deployment, "cart", "one"), "keep.yaml": fill(configMap, "keep", "two"),
	})
	w.must(err)
	w.nudge(ns)
	w.untilHealthyAt(ns, forced)
	w.untilGone(ns, "old")
	if got := w.note(ns, "keep"); got != "two" {
		t.Errorf("what changed holds %q", got)
	}
	if now := w.deployment(ns, "cart"); now.UID != before.UID || now.Generation != before.Generation {
		t.Errorf("what both histories have was applied again: generation %d to %d", before.Generation, now.Generation)
	}
}

// TestReferences follows a range of versions, then one tag, then a commit.
func TestReferences(t *testing.T) {
	w := newWorld(t)
	url := w.repository("cart", map[string]string{"cart.yaml": fill(configMap, "cart", "1.0.0")})
	release := func(tag, message string) string {
		hash := w.commit("cart", tag, map[string]string{"cart.yaml": fill(configMap, "cart", tag)})
		w.must(w.git.Tag(t.Context(), "cart", tag, hash, message))
		return hash
	}
	first := release("v1.0.0", "")
	ns := w.namespace(url, binding.Ref, "semver:>=1 <2")
	w.agent()
	w.untilHealthyAt(ns, first)

	second := release("v1.1.0", "annotated")
	third := release("v2.0.0", "")
	release("v1.2.0-rc.1", "")
	w.nudge(ns)
	s := w.untilHealthyAt(ns, second)
	if got := w.note(ns, "cart"); got != "v1.1.0" || s.Revision != "v1.1.0@sha1:"+second {
		t.Errorf("%s runs, and it holds %q", s.Revision, got)
	}
	w.annotate(ns, binding.Ref, "tag:v2.0.0")
	w.untilHealthyAt(ns, third)
	w.annotate(ns, binding.Ref, first)
	s = w.untilHealthyAt(ns, first)
	if got := w.note(ns, "cart"); got != "v1.0.0" || s.Revision != "sha1:"+first {
		t.Errorf("%s runs, and it holds %q", s.Revision, got)
	}
	w.annotate(ns, binding.Ref, "semver:>=7")
	s = w.untilPhase(ns, status.Failed)
	if !strings.Contains(s.Message, "semver:>=7") || w.note(ns, "cart") != "v1.0.0" {
		t.Errorf("what ran holds %q, and the message is %s", w.note(ns, "cart"), s.Message)
	}
}

// TestShrunkCommit approves, by what the status shows, what a followed commit
// deletes.
func TestShrunkCommit(t *testing.T) {
	w := newWorld(t)
	files := map[string]string{}
	for _, name := range []string{"a", "b", "c", "d"} {
		files[name+".yaml"] = fill(configMap, name, "one")
	}
	url := w.repository("cart", files)
	first, err := w.git.Head(t.Context(), "cart", "main")
	w.must(err)
	second := w.commit("cart", "most go", map[string]string{"b.yaml": gitserver.Removed, "c.yaml": gitserver.Removed, "d.yaml": gitserver.Removed})
	ns := w.namespace(url, binding.Ref, first)
	w.agent()
	w.untilHealthyAt(ns, first)
	w.annotate(ns, binding.Ref, second)
	s := w.untilPhase(ns, status.Held)
	if w.note(ns, "d") != "one" {
		t.Error("it was pruned without asking")
	}
	w.annotate(ns, binding.PruneApproved, s.Applications[0].Held)
	w.untilHealthyAt(ns, second)
	w.untilGone(ns, "d")
}

// secret makes or replaces the credentials of a namespace.
func (w *world) secret(namespace string, data map[string][]byte) {
	w.Helper()
	secrets := w.client.CoreV1().Secrets(namespace)
	_ = secrets.Delete(w.Context(), "git", metav1.DeleteOptions{}) // there may be none yet
	_, err := secrets.Create(w.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "git"}, Data: data}, metav1.CreateOptions{})
	w.must(err)
}

// failsThen expects a failure that names the parts given and nothing secret, and
// that a look goes well once the Secret is mended.
func (w *world) failsThen(namespace string, mended map[string][]byte, names ...string) {
	w.Helper()
	s := w.untilPhase(namespace, status.Failed)
	for _, name := range names {
		if !strings.Contains(s.Message, name) {
			w.Errorf("the message does not name %q: %s", name, s.Message)
		}
	}
	if strings.Contains(s.Message, "sesame") {
		w.Errorf("the message tells a secret: %s", s.Message)
	}
	w.secret(namespace, mended)
	w.nudge(namespace)
	w.untilPhase(namespace, status.Healthy)
}

// TestCredentials that are missing, unreadable or wrong, and then mended.
func TestCredentials(t *testing.T) {
	w := newWorld(t)
	w.repository("cart", map[string]string{"cart.yaml": fill(configMap, "cart", "one")})
	server := httptest.NewServer(w.git.Handler(gitserver.HTTP{Username: "ada", Password: "open sesame"}))
	t.Cleanup(server.Close)
	url := server.URL + "/cart.git"
	namespaces := map[string]string{}
	for _, name := range []string{"missing", "unreadable", "wrong"} {
		namespaces[name] = w.namespace(url, binding.Credentials, "git")
	}
	w.secret(namespaces["unreadable"], map[string][]byte{"password": []byte("sesame")})
	w.secret(namespaces["wrong"], map[string][]byte{"username": []byte("ada"), "password": []byte("shut sesame")})
	w.agent()
	right := map[string][]byte{"username": []byte("ada"), "password": []byte("open sesame")}
	w.failsThen(namespaces["missing"], right, binding.Credentials, namespaces["missing"]+"/git")
	w.failsThen(namespaces["unreadable"], right, binding.Credentials, "username")
	w.failsThen(namespaces["wrong"], right, binding.Credentials, url)
}

// TestHostKey: a server that is not who known_hosts says is not talked to.
func TestHostKey(t *testing.T) {
	w := newWorld(t)
	w.repository("cart", map[string]string{"cart.yaml": fill(configMap, "cart", "one")})
	host, _, err := gitserver.NewKey()
	w.must(err)
	other, _, err := gitserver.NewKey()
	w.must(err)
	client, pem, err := gitserver.NewKey()
	w.must(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- w.git.ServeSSH(ctx, l, gitserver.SSH{HostKey: host, Authorized: []ssh.PublicKey{client.PublicKey()}})
	}()
	t.Cleanup(func() {
		cancel()
		w.must(<-ended)
	})
	address := l.Addr().String()
	ns := w.namespace("ssh://git@"+address+"/cart.git", binding.Credentials, "git")
	w.secret(ns, map[string][]byte{"identity": pem, "known_hosts": gitserver.KnownHosts(address, other.PublicKey())})
	w.agent()
	w.failsThen(ns, map[string][]byte{"identity": pem, "known_hosts": gitserver.KnownHosts(address, host.PublicKey())}, address, "known_hosts")
}
