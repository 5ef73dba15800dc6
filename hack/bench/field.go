package main

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/hack/rig"
)

// workers of the floor.
const workers = 16

// field is where one size is measured.
type field struct {
	*rig.Rig
	n       int
	version int // what the applications' files say now
}

// newField sets everything up but the agent. Without an error or with one, what is
// there is to be closed.
func newField(ctx context.Context, dir string, n int) (*field, error) {
	r, err := rig.New(ctx, dir, "none")
	if r == nil {
		return nil, err
	}
	return &field{Rig: r, n: n}, err
}

// namespaces makes n namespaces with a prefix; bound ones follow their folder.
func (f *field) namespaces(ctx context.Context, prefix string, bound bool) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for i := range f.n {
		group.Go(func() error {
			ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name(prefix, i)}}
			if bound {
				ns.Annotations = map[string]string{
					"spotguide.dev/repository": f.URL(), "spotguide.dev/path": "apps/" + name("app", i), "spotguide.dev/interval": "1h",
				}
			}
			_, err := f.Client.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{})
			return err
		})
	}
	return group.Wait()
}

func name(prefix string, i int) string { return fmt.Sprintf("%s-%04d", prefix, i) }
