package apply

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/spotguide/spotguide/sync/inventory"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
)

// Config is what an Applier works with. Mapper and Store are required.
type Config struct {
	// Mapper finds how kinds are served; it is reset when a definition changes
	// that, if it can be (NewMapper's can).
	Mapper meta.RESTMapper
	Store  *inventory.Store
	Allow  AllowList
	// Live spares requests; without it every object is sent, and the labels of
	// each new one are read first.
	Live Live
	// Concurrency bounds the requests in flight for all sets together; 16 when 0.
	Concurrency int
	// Timeout of one request, 30 s when 0; of a definition's or a deletion's
	// completion, the same.
	Timeout time.Duration
	Log     *slog.Logger
}

// Applier applies sets. It may be used by several goroutines, as long as no two
// of them work on one owner at once.
type Applier struct {
	cfg      *rest.Config
	client   *http.Client
	rest     *rest.RESTClient
	metadata metadata.Interface
	kinds    *kinds
	claims   *claims
	store    *inventory.Store
	allow    atomic.Pointer[AllowList]
	live     Live
	slots    chan struct{}
	timeout  time.Duration
	log      *slog.Logger
}

// New returns an Applier for the API server of cfg. All its requests share one
// HTTP client and none is held back by a client-side rate limit.
func New(cfg *rest.Config, parts Config) (*Applier, error) {
	cfg = rest.CopyConfig(cfg)
	cfg.QPS = -1
	cfg.Impersonate = rest.ImpersonationConfig{}
	cfg.WarningHandler = rest.NoWarnings{}
	cfg.Wrap(func(next http.RoundTripper) http.RoundTripper { return impersonator{next} })
	client, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, fmt.Errorf("make client for applying: %w", err)
	}
	forMetadata := metadata.ConfigFor(cfg)
	lister, err := metadata.NewForConfigAndClient(forMetadata, client)
	if err != nil {
		return nil, fmt.Errorf("make client for applying: %w", err)
	}
	forMetadata.GroupVersion = &schema.GroupVersion{}
	forMetadata.APIPath = "/every-request-brings-its-own"
	sender, err := rest.RESTClientForConfigAndClient(forMetadata, client)
	if err != nil {
		return nil, fmt.Errorf("make client for applying: %w", err)
	}
	if parts.Concurrency <= 0 {
		parts.Concurrency = 16
	}
	if parts.Timeout <= 0 {
		parts.Timeout = 30 * time.Second
	}
	if parts.Log == nil {
		parts.Log = slog.New(slog.DiscardHandler)
	}
	a := &Applier{
		cfg: cfg, client: client, rest: sender, metadata: lister,
		kinds: newKinds(parts.Mapper), claims: newClaims(),
		store: parts.Store, live: parts.Live,
		slots: make(chan struct{}, parts.Concurrency), timeout: parts.Timeout, log: parts.Log,
	}
	a.SetAllow(parts.Allow)
	return a, nil
}

// SetAllow replaces the operator's allow-list from the next pass on.
func (a *Applier) SetAllow(allow AllowList) { a.allow.Store(&allow) }

// slot waits until another request may be in flight.
func (a *Applier) slot(ctx context.Context) (done func(), err error) {
	select {
	case a.slots <- struct{}{}:
		return func() { <-a.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// contain turns a panic over one object into that object's failure.
func (a *Applier) contain(it *item) {
	if cause := recover(); cause != nil {
		// The cause itself may quote the object.
		a.log.Error("panic while applying an object", "object", it.ref.String(), "type", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()))
		it.fail(Internal, fmt.Errorf("panic (%T)", cause), "this is a defect of spotguide; its log has the stack")
	}
}

// Release says that an application wants nothing any more, so that others may
// take its objects over before it is pruned.
func (a *Applier) Release(owner inventory.Owner) { a.claims.declare(owner, nil) }

// Forget drops what the agent remembers of an application that is gone.
func (a *Applier) Forget(owner inventory.Owner) { a.claims.forget(owner) }
