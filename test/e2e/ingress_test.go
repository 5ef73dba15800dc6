//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/platform"
	"github.com/spotguide/spotguide/agent/status"
)

const ingressNamespace = "spotguide-ingress"

// served is an application of one public port.
const served = `apiVersion: spotguide.dev/v1
kind: Application
guide: web
components:
- name: web
  image: shop:protocols
  ports:
  - {name: PROTOCOL, port: PORT, protocol: PROTOCOL, public: true}
`

const domain = `apiVersion: spotguide.dev/v1
kind: Environment
domain: example.test
`

// TestIngress: on a cluster without an ingress controller, one is brought up for
// the first application that needs it, and routes HTTP, WebSocket, gRPC and TCP
// to applications from outside.
func TestIngress(t *testing.T) {
	w := newWorld(t)
	w.cluster("load-image", programImage(t, "protocols", "protocols"))
	w.cluster("load-image", filepath.Join(root, "bin", "bases", "traefik.tar"))
	w.installWith(map[string]any{"ingress": map[string]any{"serviceType": "NodePort"}})
	w.must(w.git.Create(t.Context(), "shop"))
	files := map[string]string{}
	for name, port := range map[string]string{"http": "8080", "grpc": "9090", "tcp": "7000"} {
		files[name+"/.spotguide/application.yaml"] = strings.NewReplacer("PROTOCOL", name, "PORT", port).Replace(served)
		files[name+"/.spotguide/environment.yaml"] = domain
	}
	w.commit("first", files)
	w.follow()
	w.until("all three are healthy", func(ctx context.Context) bool {
		s := w.status(ctx)
		return s.Phase == status.Healthy && len(s.Applications) == 3
	})
	traefik := w.traefik()
	w.until("HTTP gets through", func(ctx context.Context) bool {
		return get(ctx, traefik, "http.example.test") == "http to http.example.test"
	})
	w.until("WebSocket gets through", func(context.Context) bool { return echo(traefik, "http.example.test") == "hello" })
	w.until("gRPC gets through", func(ctx context.Context) bool { return check(ctx, traefik, "grpc.example.test") == "serving" })
	w.until("TCP gets through", func(ctx context.Context) bool { return line(ctx, traefik, "7000", "hello") == "tcp hello" })
	if got := get(t.Context(), traefik, "nobody.example.test"); strings.HasPrefix(got, "http to") {
		t.Errorf("a host of nobody's is routed: %q", got)
	}
	each, err := platform.Books(t.Context(), w.client, ingressNamespace)
	w.must(err)
	if len(each) != 3 || !each["shop/http"].HTTP || !each["shop/grpc"].HTTP || len(each["shop/tcp"].TCP) != 1 {
		t.Errorf("the books say %v", each)
	}
	w.nothingForbidden()
}

// traefik waits for its Service and returns its address in the cluster.
func (w *world) traefik() (address string) {
	w.Helper()
	w.until("Traefik is there", func(ctx context.Context) bool {
		s, err := w.client.CoreV1().Services(ingressNamespace).Get(ctx, platform.Guide, metav1.GetOptions{})
		if err != nil || s.Spec.Type != corev1.ServiceTypeNodePort {
			return false
		}
		address = s.Spec.ClusterIP
		d, err := w.client.AppsV1().Deployments(ingressNamespace).Get(ctx, platform.Guide, metav1.GetOptions{})
		return err == nil && d.Status.ReadyReplicas > 0
	})
	return address
}

// get asks for a host's front page.
func get(ctx context.Context, address, host string) string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/", nil)
	if err != nil {
		return err.Error()
	}
	request.Host = host
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return string(body)
}

// echo sends a WebSocket message and returns what comes back.
func echo(address, host string) string {
	config, err := websocket.NewConfig("ws://"+host+"/echo", "http://"+host)
	if err != nil {
		return err.Error()
	}
	conn, err := net.DialTimeout("tcp", net.JoinHostPort(address, "80"), 2*time.Second)
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	c, err := websocket.NewClient(config, conn)
	if err != nil {
		return err.Error()
	}
	var answer string
	if err := websocket.Message.Send(c, "hello"); err != nil {
		return err.Error()
	}
	if err := websocket.Message.Receive(c, &answer); err != nil {
		return err.Error()
	}
	return answer
}

// check makes the call grpc.health.v1.Health/Check over HTTP/2 without TLS.
func check(ctx context.Context, address, host string) string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	defer transport.CloseIdleConnections()
	empty := bytes.NewReader(make([]byte, 5)) // a message of no length
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/grpc.health.v1.Health/Check", empty)
	if err != nil {
		return err.Error()
	}
	request.Host = host
	request.Header.Set("Content-Type", "application/grpc")
	request.Header.Set("Te", "trailers")
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	if code := response.Trailer.Get("Grpc-Status"); code != "0" || !bytes.Equal(body, []byte{0, 0, 0, 0, 2, 8, 1}) {
		return fmt.Sprintf("%s, status %q: %q", response.Status, code, body)
	}
	return "serving"
}

// line sends a line over TCP and returns the one that comes back.
func line(ctx context.Context, address, port, text string) string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(address, port))
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	fmt.Fprintln(conn, text)
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(answer)
}
