package integration

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// proxy stands between an agent and the API server, and can do it harm.
type proxy struct {
	kubeconfig string
	server     string
	next       http.Handler

	mu     sync.Mutex
	down   bool   // refuses everything
	at     int    // the write at which harm is done; 0 for none
	after  bool   // only once the API server has taken it
	harm   func() // done at most once
	writes int    // since armed
}

// proxy starts a proxy that acts as the administrator.
func (w *world) proxy() *proxy {
	w.Helper()
	cluster, err := clientcmd.BuildConfigFromFlags("", w.kubeconfig)
	w.must(err)
	target, err := url.Parse(cluster.Host)
	w.must(err)
	forward := httputil.NewSingleHostReverseProxy(target)
	forward.FlushInterval = -1 // watches
	forward.Transport, err = rest.TransportFor(cluster)
	w.must(err)
	forward.ErrorLog = nil
	p := &proxy{next: forward, kubeconfig: filepath.Join(w.TempDir(), "kubeconfig")}
	server := httptest.NewServer(p)
	w.Cleanup(server.CloseClientConnections)
	w.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	w.must(os.WriteFile(p.kubeconfig, fmt.Appendf(nil, `apiVersion: v1
kind: Config
current-context: proxy
contexts: [{name: proxy, context: {cluster: proxy, user: nobody}}]
clusters: [{name: proxy, cluster: {server: %q}}]
users: [{name: nobody}]
`, server.URL), 0o600))
	p.server = server.URL
	return p
}

// arm lets the nth write from now on do harm.
func (p *proxy) arm(n int, after bool, harm func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at, p.after, p.harm, p.writes = n, after, harm, 0
}

// setDown cuts the agent off, or lets it through again.
func (p *proxy) setDown(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	down, after := p.down, p.after
	var harm func()
	if r.Method != http.MethodGet && p.at > 0 {
		if p.writes++; p.writes == p.at {
			harm = p.harm
		}
	}
	p.mu.Unlock()
	switch {
	case down:
		panic(http.ErrAbortHandler)
	case harm == nil:
		p.next.ServeHTTP(w, r)
	case after:
		p.next.ServeHTTP(httptest.NewRecorder(), r) // the answer never arrives
		fallthrough
	default:
		harm()
		panic(http.ErrAbortHandler)
	}
}
