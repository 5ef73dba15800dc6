package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// page is what pods show to Prometheus. No container runs in simulated pods: a
// server on this machine answers in their place, and their addresses are made to
// lead to it.
type page struct {
	address netip.AddrPort
	value   atomic.Uint64
	asked   atomic.Int64
	server  *http.Server
}

// newPage serves a gauge of that name; it ends with the fault.
func (s *scene) newPage(metric string) (*page, error) {
	at, err := ownAddress()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", netip.AddrPortFrom(at, 0).String())
	if err != nil {
		return nil, err
	}
	p := &page{address: netip.MustParseAddrPort(l.Addr().String())}
	p.server = &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.asked.Add(1)
		fmt.Fprintf(w, "# TYPE %s gauge\n%s %g\n", metric, metric, math.Float64frombits(p.value.Load()))
	})}
	ended := make(chan error, 1)
	go func() { ended <- p.server.Serve(l) }()
	s.undo = append(s.undo, func(context.Context) error {
		err := p.server.Close()
		if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
		return err
	})
	return p, nil
}

func (p *page) set(value float64) { p.value.Store(math.Float64bits(value)) }

// ownAddress is one of this machine's that pods could have too: the agent asks no
// loopback.
func ownAddress() (netip.Addr, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr{}, err
	}
	for _, a := range all {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr().Is4() && prefix.Addr().IsGlobalUnicast() {
			return prefix.Addr(), nil
		}
	}
	return netip.Addr{}, errors.New("this machine has no address but loopback, and the agent asks none there")
}

// lead gives pods the address of the page.
func (s *scene) lead(ctx context.Context, pods []*corev1.Pod, to *page) error {
	at := to.address.Addr().String()
	patch := fmt.Sprintf(`{"status":{"podIP":%q,"podIPs":[{"ip":%q}]}}`, at, at)
	for _, p := range pods {
		if p.Spec.NodeName == "" || p.Status.PodIP == at || p.DeletionTimestamp != nil {
			continue
		}
		_, err := s.Client.CoreV1().Pods(p.Namespace).Patch(ctx, p.Name, types.MergePatchType, []byte(patch), metav1.PatchOptions{}, "status")
		if err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return nil
}
