package apply_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/inventory"
	"github.com/spotguide/spotguide/test/controlplane"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// BenchmarkPush changes one object of each of 100 applications of four. floor is
// 16 workers that send the same objects by bare server-side applies. An
// operation is one application; cpu is this process's, without the API server's.
func BenchmarkPush(b *testing.B) {
	const applications = 100
	cfg := controlplane.Config(b)
	ns := controlplane.Namespace(b, cfg, nil)
	sets := func(round int) []apply.Set {
		all := make([]apply.Set, applications)
		for i := range all {
			name := fmt.Sprintf("app-%d", i)
			documents := make([]string, 0, 4)
			for _, d := range []string{configMap, service, deployment, strings.Replace(configMap, "settings", "more", 1)} {
				d = strings.NewReplacer("name: settings", "name: settings-"+name, "name: more", "name: more-"+name, "name: web}\n", "name: "+name+"}\n").Replace(d)
				documents = append(documents, strings.Replace(d, "web:1", fmt.Sprintf("web:%d", round), 1))
			}
			all[i] = apply.Set{Owner: inventory.Owner{Namespace: ns, Application: name}, Revision: fmt.Sprint(round), Objects: objects(b, documents...)}
		}
		return all
	}
	round := 0
	b.Run("floor", func(b *testing.B) {
		send := floor(b, cfg, ns)
		measure(b, applications, func() func() {
			round++
			all := sets(round)
			return func() { work(16, all, func(set apply.Set) { send(set.Objects[2]) }) }
		})
	})
	b.Run("applier", func(b *testing.B) {
		a, opt := pushing(b, cfg)
		push := func() func() {
			round++
			all := sets(round)
			return func() {
				work(16, all, func(set apply.Set) {
					if _, err := a.Apply(b.Context(), set, opt); err != nil {
						b.Error(err)
					}
				})
			}
		}
		push()()
		measure(b, applications, push)
	})
}

// measure times the prepared rounds until b is content.
func measure(b *testing.B, applications int, prepare func() func()) {
	var spent, took time.Duration
	done := 0
	for done < b.N {
		b.StopTimer()
		round := prepare()
		b.StartTimer()
		before, start := cpu(), time.Now()
		round()
		spent, took = spent+cpu()-before, took+time.Since(start)
		done += applications
	}
	b.ReportMetric(float64(spent.Microseconds())/float64(done), "cpu-µs/op")
	b.ReportMetric(float64(took.Microseconds())/float64(done), "wall-µs/op")
}

func cpu() time.Duration {
	var use syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &use)
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// work does all sets with n workers.
func work(n int, all []apply.Set, do func(apply.Set)) {
	queue := make(chan apply.Set)
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			for set := range queue {
				do(set)
			}
		})
	}
	for _, set := range all {
		queue <- set
	}
	close(queue)
	group.Wait()
}

// pushing is an applier as the agent has it.
func pushing(b *testing.B, cfg *rest.Config) (*apply.Applier, apply.Options) {
	mapper, err := apply.NewMapper(cfg)
	if err != nil {
		b.Fatal(err)
	}
	a, err := apply.New(cfg, apply.Config{
		Mapper: mapper, Store: inventory.NewStore(kubernetes.NewForConfigOrDie(cfg).CoreV1()), Live: pretend{},
	})
	if err != nil {
		b.Fatal(err)
	}
	return a, apply.Options{Identity: apply.AsAgent, Prune: true}
}

// floor sends one object as a program would that does nothing else.
func floor(b *testing.B, cfg *rest.Config, ns string) func(apply.Object) {
	client, err := dynamic.NewForConfig(cfg)
	if err != nil {
		b.Fatal(err)
	}
	resource := client.Resource(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}).Namespace(ns)
	force := true
	return func(o apply.Object) {
		body, err := json.Marshal(o.Object)
		if err == nil {
			_, err = resource.Patch(b.Context(), o.GetName(), types.ApplyPatchType, body, metav1.PatchOptions{FieldManager: "spotguide", Force: &force})
		}
		if err != nil {
			b.Error(err)
		}
	}
}
