package agent

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
)

// candidate is an agent that wants the Lease.
type candidate struct {
	cancel  context.CancelFunc
	leading atomic.Bool
	told    chan struct{} // its work has to end
	err     error
	ended   chan struct{}
}

// stand has a candidate stand for the Lease. Its work lasts until it has to end
// and may.
func stand(t *testing.T, client kubernetes.Interface, may <-chan struct{}) *candidate {
	ctx, cancel := context.WithCancel(t.Context())
	c := &candidate{cancel: cancel, told: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(c.ended)
		c.err = lead(ctx, client, "spotguide-system", "spotguide", slog.New(slog.DiscardHandler), func(ctx context.Context) error {
			c.leading.Store(true)
			defer c.leading.Store(false)
			<-ctx.Done()
			close(c.told)
			<-may
			return nil
		})
	}()
	return c
}

// TestOneLeads, and the other takes over some time after it has ended.
func TestOneLeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, may := fake.NewClientset(), make(chan struct{})
		close(may)
		first := stand(t, client, may)
		synctest.Wait()
		second := stand(t, client, may)
		time.Sleep(2 * lease)
		if !first.leading.Load() || second.leading.Load() {
			t.Fatalf("the first leads: %t; the second leads: %t", first.leading.Load(), second.leading.Load())
		}
		first.cancel()
		<-first.ended
		if first.err != nil {
			t.Errorf("told to end, it ended with %v", first.err)
		}
		time.Sleep(lease + 5*retry) // it looks every retry to 2.2 retries
		if !second.leading.Load() {
			t.Error("nobody has taken over")
		}
		second.cancel()
		<-second.ended
	})
}

// TestLeaseLost: an agent that cannot renew its Lease stops its work, waits for
// the end of it and tells.
func TestLeaseLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := fake.NewClientset()
		var down atomic.Bool
		client.PrependReactor("*", "leases", func(clienttesting.Action) (bool, runtime.Object, error) {
			if down.Load() {
				return true, nil, &http.MaxBytesError{} // any error that is not of the API server
			}
			return false, nil, nil
		})
		may := make(chan struct{})
		c := stand(t, client, may)
		time.Sleep(lease)
		down.Store(true)
		start := time.Now()
		<-c.told
		if took := time.Since(start); took > lease {
			t.Errorf("it worked for %s without the Lease", took)
		}
		select {
		case <-c.ended:
			t.Error("it ended before its work did")
		default:
		}
		close(may)
		<-c.ended
		if !errors.Is(c.err, errLost) {
			t.Errorf("it ended with %v", c.err)
		}
	})
}

// TestNeverLed: an agent that stands by ends in peace.
func TestNeverLed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, may := fake.NewClientset(), make(chan struct{})
		close(may)
		first := stand(t, client, may)
		synctest.Wait()
		second := stand(t, client, may)
		time.Sleep(retry)
		second.cancel()
		<-second.ended
		if second.err != nil {
			t.Errorf("it ended with %v", second.err)
		}
		first.cancel()
		<-first.ended
	})
}
