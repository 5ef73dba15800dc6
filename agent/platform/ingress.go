package platform

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// Ingress brings up the ingress controller when the first application needs it,
// and opens the ports that more of them need. It may be used by several
// goroutines; one of them installs at a time, and the others wait for it.
type Ingress struct {
	client    kubernetes.Interface
	namespace string
	install   func(context.Context, Needs) error
	log       *slog.Logger

	mu        sync.Mutex
	each      map[string]Needs // nil until the books were read
	installed *Needs           // by this process
}

// NewIngress keeps its books in the namespace, where install puts the controller.
func NewIngress(client kubernetes.Interface, namespace string, install func(context.Context, Needs) error, log *slog.Logger) *Ingress {
	return &Ingress{client: client, namespace: namespace, install: install, log: log}
}

// Provide sees to it that an application ("namespace/name") has what it needs. It
// costs nothing while that is as it was.
func (i *Ingress) Provide(ctx context.Context, owner string, n Needs) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if err := i.read(ctx); err != nil {
		return err
	}
	before, listed := i.each[owner]
	if listed == !n.None() && before.equal(n) && (n.None() || i.installed != nil) {
		return nil
	}
	if err := i.note(ctx, owner, n); err != nil {
		return err
	}
	if err := taken(i.each, owner); err != nil {
		return err
	}
	sum := all(i.each)
	if sum.None() {
		i.installed = nil // a person may take it away
		i.log.Warn("no application needs the ingress controller any more; `spotguide platform remove` takes it away", "namespace", i.namespace)
		return nil
	}
	if i.installed != nil && i.installed.equal(sum) {
		return nil
	}
	if err := i.install(ctx, sum); err != nil {
		i.installed = nil
		return fmt.Errorf("bring up the ingress controller in namespace %s: %w", i.namespace, err)
	}
	i.installed = &sum
	i.log.Info("ingress controller provided", "namespace", i.namespace, "for", owner, "tcp", sum.TCP, "udp", sum.UDP)
	return nil
}

// read takes up what an earlier agent has written.
func (i *Ingress) read(ctx context.Context) error {
	if i.each != nil {
		return nil
	}
	each, err := Books(ctx, i.client, i.namespace)
	if err != nil {
		return err
	}
	if each == nil {
		each = map[string]Needs{}
	}
	i.each = each
	return nil
}

// note writes an application's needs into the books, before anything is done.
func (i *Ingress) note(ctx context.Context, owner string, n Needs) error {
	before, listed := i.each[owner]
	if n.None() {
		delete(i.each, owner)
	} else {
		i.each[owner] = n
	}
	if listed == !n.None() && before.equal(n) {
		return nil
	}
	err := write(ctx, i.client, i.namespace, i.each)
	if apierrors.IsNotFound(err) {
		if err = i.makeNamespace(ctx); err == nil {
			err = write(ctx, i.client, i.namespace, i.each)
		}
	}
	if err != nil {
		i.each = nil // as it is written
	}
	return err
}

// makeNamespace helps where the agent was not installed by its chart, which
// brings the namespace.
func (i *Ingress) makeNamespace(ctx context.Context) error {
	_, err := i.client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: i.namespace}}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("there is no namespace %s for the ingress controller, and the agent may not make it (the chart does, with ingress.provision): %w", i.namespace, err)
	}
	return nil
}
