package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// The times of the Lease: another agent takes over at most lease after this one
// has died, and at once when it stopped in order.
const (
	lease = 15 * time.Second
	renew = 10 * time.Second
	retry = 2 * time.Second
)

// errLost ends the agent: whoever lost the Lease must not touch the cluster.
var errLost = errors.New("lost the Lease to another agent or to an API server that does not answer")

// lead runs work while holding the Lease and returns when work does, when ctx
// ends, or with errLost.
func lead(ctx context.Context, client kubernetes.Interface, namespace, name string, log *slog.Logger,
	work func(context.Context) error) error {
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("name this agent: %w", err)
	}
	lock := &resourcelock.LeaseLock{
		LeaseMeta:  metav1.ObjectMeta{Namespace: namespace, Name: name},
		Client:     client.CoordinationV1(),
		LockConfig: resourcelock.ResourceLockConfig{Identity: host + "_" + string(uuid.NewUUID())},
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		leading   sync.Mutex // held while work runs; the elector starts it in a goroutine
		ran, over bool
		failure   error
	)
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: lock, LeaseDuration: lease, RenewDeadline: renew, RetryPeriod: retry,
		Name: name,
		// The Lease is not released while work may still be running.
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(led context.Context) {
				leading.Lock()
				defer leading.Unlock()
				if over {
					return
				}
				log.Info("leading", "lease", namespace+"/"+name)
				ran, failure = true, work(led)
				if failure == nil && led.Err() != nil && ctx.Err() == nil {
					failure = errLost
				}
				cancel()
			},
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		return fmt.Errorf("lease %s/%s: %w", namespace, name, err)
	}
	elector.Run(ctx)
	leading.Lock()
	defer leading.Unlock()
	over = true
	if !ran && ctx.Err() == nil {
		return errLost
	}
	return failure
}
