package podlogs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
)

// Printer prints logs, each line after its pod's name.
type Printer struct {
	Client    kubernetes.Interface
	Namespace string
	Selection Selection
	// Options are handed on for each container; Container empty is all.
	Options corev1.PodLogOptions
	Colour  bool

	Out      io.Writer
	Messages io.Writer // for containers that cannot be read

	mu sync.Mutex // over Out and Messages
}

// Print prints what containers have said so far, pod by pod, and returns how
// many pods there are.
func (p *Printer) Print(ctx context.Context) (int, error) {
	list, err := p.Client.CoreV1().Pods(p.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return 0, fmt.Errorf("list pods of namespace %s: %w", p.Namespace, err)
	}
	pods := 0
	for i := range list.Items {
		pod := &list.Items[i]
		if !p.Selection.Has(pod) {
			continue
		}
		for _, container := range p.containers(pod) {
			p.container(ctx, pod, container, table.Style(pods%styles)+1)
		}
		pods++
	}
	return pods, ctx.Err()
}

// styles is how many styles pods are told apart by.
const styles = 3

// Follow prints what containers say until ctx ends, also those that start
// meanwhile.
func (p *Printer) Follow(ctx context.Context) error {
	f := &follower{Printer: p, started: map[string]bool{}, style: map[types.UID]table.Style{}}
	informer := informers.NewSharedInformerFactoryWithOptions(p.Client, 0, informers.WithNamespace(p.Namespace)).
		Core().V1().Pods().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { f.changed(ctx, o) },
		UpdateFunc: func(_, o any) { f.changed(ctx, o) },
	})
	if err != nil {
		return fmt.Errorf("watch pods of namespace %s: %w", p.Namespace, err)
	}
	informer.RunWithContext(ctx)
	f.running.Wait()
	return nil
}

// follower starts a reader for each run of a container. Events come one after
// another, so its maps need no lock.
type follower struct {
	*Printer
	started map[string]bool // by container and the time of its start
	style   map[types.UID]table.Style
	running sync.WaitGroup
}

func (f *follower) changed(ctx context.Context, o any) {
	pod, ok := o.(*corev1.Pod)
	if !ok || !f.Selection.Has(pod) {
		return
	}
	if _, ok := f.style[pod.UID]; !ok {
		f.style[pod.UID] = table.Style(len(f.style)%styles) + 1
	}
	style := f.style[pod.UID]
	for _, s := range pod.Status.ContainerStatuses {
		if s.State.Running == nil || f.Options.Container != "" && f.Options.Container != s.Name {
			continue
		}
		run := string(pod.UID) + "/" + s.Name + "/" + s.ContainerID
		if f.started[run] {
			continue
		}
		f.started[run] = true
		f.running.Go(func() { f.container(ctx, pod, s.Name, style) })
	}
}

func (p *Printer) containers(pod *corev1.Pod) []string {
	if p.Options.Container != "" {
		return []string{p.Options.Container}
	}
	var names []string
	for _, c := range pod.Spec.Containers {
		names = append(names, c.Name)
	}
	return names
}

// container prints one container's log. That it cannot be read is said, and no
// more: others can.
func (p *Printer) container(ctx context.Context, pod *corev1.Pod, container string, style table.Style) {
	name := pod.Name
	if len(pod.Spec.Containers) > 1 {
		name += "/" + container
	}
	options := p.Options
	options.Container = container
	stream, err := p.Client.CoreV1().Pods(p.Namespace).GetLogs(pod.Name, &options).Stream(ctx)
	if err == nil {
		defer stream.Close()
		err = p.copy(stream, table.Paint(name, style, p.Colour)+" ")
	}
	if err != nil && ctx.Err() == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		fmt.Fprintf(p.Messages, "%s: %v\n", name, err)
	}
}

// copy prints whole lines, so that containers do not talk into each other's.
func (p *Printer) copy(stream io.Reader, prefix string) error {
	lines := bufio.NewReader(stream)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			p.line(prefix, line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (p *Printer) line(prefix, line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if line[len(line)-1] != '\n' {
		line += "\n"
	}
	fmt.Fprint(p.Out, prefix, line)
}
