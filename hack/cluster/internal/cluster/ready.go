package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// waitNodes waits until every node that was not stopped on purpose is ready.
func (s *starter) waitNodes(ctx context.Context, settings Settings) error {
	want := settings.Simulated + settings.Real - len(settings.Stopped)
	if want == 0 {
		return nil
	}
	client, err := s.layout.client()
	if err != nil {
		return err
	}
	return s.waitFor(ctx, fmt.Sprintf("%d nodes", want), 3*time.Minute, func(ctx context.Context) error {
		return nodesReady(ctx, client, want, settings.Stopped)
	})
}

func nodesReady(ctx context.Context, client kubernetes.Interface, want int, stopped []string) error {
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("list nodes: %w", err)
	}
	ready := 0
	for _, node := range nodes.Items {
		if isReady(node) && !slices.Contains(stopped, node.Name) {
			ready++
		}
	}
	if ready < want {
		return fmt.Errorf("%d of %d nodes are ready", ready, want)
	}
	return nil
}

func isReady(node corev1.Node) bool {
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// defaultServiceAccount is what the first pod of a test needs.
func (s *starter) defaultServiceAccount(ctx context.Context) error {
	client, err := s.layout.client()
	if err != nil {
		return err
	}
	_, err = client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
	if err != nil {
		return errors.New("not made yet")
	}
	return nil
}
