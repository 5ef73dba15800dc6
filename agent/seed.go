package agent

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// seedSecret is the Secret beside the agent that all seeds are derived from. It is
// made when it is first needed. Whoever loses it loses the passwords of all
// provided services.
const (
	seedSecret = "spotguide-seed"
	seedKey    = "seed"
	seedBytes  = 32
)

// seeds derives a seed for each namespace, so that none can tell another's, and
// one that is made anew under an old name has new passwords.
type seeds struct {
	client    kubernetes.Interface
	namespace string // of the Secret

	mu   sync.Mutex
	root []byte
}

// of is the namespace's seed, nil where nothing is derived from it.
func (s *seeds) of(ctx context.Context, namespace string, g *guide.Guide, environment string) ([]byte, error) {
	settings, err := g.Environment.For(environment)
	if err != nil || !provides(settings) {
		return nil, nil //nolint:nilerr // rendering tells what is wrong with the environment
	}
	root, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	ns, err := s.client.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("read namespace %s: %w", namespace, err)
	}
	mac := hmac.New(sha256.New, root)
	mac.Write([]byte(ns.UID))
	return mac.Sum(nil), nil
}

// provides tells whether anything is provided.
func provides(s guide.Settings) bool {
	for _, b := range s.Services {
		if b.Provide {
			return true
		}
	}
	return false
}

// read gives the root, and makes it once.
func (s *seeds) read(ctx context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.root != nil {
		return s.root, nil
	}
	secrets := s.client.CoreV1().Secrets(s.namespace)
	secret, err := secrets.Get(ctx, seedSecret, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		fresh := make([]byte, seedBytes)
		_, _ = rand.Read(fresh) // it never fails
		secret, err = secrets.Create(ctx, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Name: seedSecret}, Data: map[string][]byte{seedKey: fresh},
		}, metav1.CreateOptions{})
	}
	if err != nil {
		return nil, fmt.Errorf("passwords of provided services are derived from Secret %s/%s: %w", s.namespace, seedSecret, err)
	}
	if len(secret.Data[seedKey]) < seedBytes {
		return nil, fmt.Errorf("the Secret %s/%s has no key %s of %d bytes: restore it, or delete it and with it all passwords of provided services",
			s.namespace, seedSecret, seedKey, seedBytes)
	}
	s.root = secret.Data[seedKey]
	return s.root, nil
}
