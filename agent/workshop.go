package agent

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/build"
	"github.com/spotguide/spotguide/agent/pipeline"
	"github.com/spotguide/spotguide/agent/platform"
	"github.com/spotguide/spotguide/agent/sites"
	"github.com/spotguide/spotguide/agent/source"
	"github.com/spotguide/spotguide/monitor"
	"github.com/spotguide/spotguide/monitor/observe"
	"github.com/spotguide/spotguide/monitor/operate"
	"github.com/spotguide/spotguide/monitor/remedy"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/drift"
	"github.com/spotguide/spotguide/sync/inventory"
)

// workshop holds the stages of the line, one of each, which all tenants and
// applications share.
type workshop struct {
	*bindings
	client     kubernetes.Interface
	snapshots  *source.Store
	poller     *source.Poller
	detector   detector
	builder    *build.Builder // nil where nothing is built
	steps      *pipeline.Runner
	renderer   *render.Renderer
	applier    *apply.Applier
	store      *inventory.Store
	watcher    *drift.Watcher
	observer   *observe.Observer
	analysts   *observe.Analysts
	analyzers  map[string]guide.Analyzer // by guide
	operations *operate.Operations
	remedies   *remedy.Carrier
	brake      *monitor.Brake
	rules      *sla.Compiler
	recorder   *recorder
	gate       *gate
	metrics    *metrics
	cluster    *capabilities
	sites      *sites.Sites
	policy     atomic.Pointer[source.Policy] // of repositories and other clusters
	seeds      *seeds
	ingress    *platform.Ingress // nil where none is brought up
	tenantRole string
	log        *slog.Logger
}

// observed wakes the application whose workload or pods have changed.
func (w *workshop) observed(namespace string, seen observe.Ref) {
	ref := inventory.Ref{Group: "apps", Kind: seen.Kind, Namespace: namespace, Name: seen.Name}
	if seen.Kind == "Job" {
		ref.Group = "batch"
	}
	if owner, known := w.watcher.Owner(ref); known {
		w.touched(owner)
	}
}

// secret reads a Secret for an application's analyzer.
func (w *workshop) secret(ctx context.Context, namespace, name string) (map[string][]byte, error) {
	secret, err := w.client.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("read Secret %s/%s: %w", namespace, name, err)
	}
	return secret.Data, nil
}

// credentials reads the Secret that the binding names, if any.
func (w *workshop) credentials(ctx context.Context, b binding.Binding) (source.Credentials, error) {
	if b.Credentials == "" {
		return source.Credentials{}, nil
	}
	secret, err := w.client.CoreV1().Secrets(b.Namespace).Get(ctx, b.Credentials, metav1.GetOptions{})
	if err != nil {
		return source.Credentials{}, fmt.Errorf("annotation %s: read Secret %s/%s: %w", binding.Credentials, b.Namespace, b.Credentials, err)
	}
	credentials, err := source.ParseCredentials(secret.Data)
	if err != nil {
		return source.Credentials{}, fmt.Errorf("annotation %s: Secret %s/%s: %w", binding.Credentials, b.Namespace, b.Credentials, err)
	}
	return credentials, nil
}

// open returns a snapshot of a revision that the binding followed before.
func (w *workshop) open(ctx context.Context, b binding.Binding, revision string) (*source.Snapshot, error) {
	credentials, err := w.credentials(ctx, b)
	if err != nil {
		return nil, err
	}
	return w.snapshots.Open(ctx, source.Repository{URL: b.Repository, Credentials: credentials}, revision)
}
