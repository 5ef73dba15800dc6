package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/sites"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/monitor"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/inventory"
	"github.com/spotguide/spotguide/test/controlplane"
)

// Each testdata/cluster/*.txtar is a person at a terminal with a cluster, in a
// namespace of the script's own, $NS. No agent runs: the script writes what one
// would have written.
//
//	tell FILE            write FILE as the namespace's status document
//	answer FILE...       wait until another sync is requested, and then tell each
//	annotate KEY VALUE   set an annotation of the namespace, whatever it is
//	annotation KEY WANT  compare an annotation of the namespace
//	remember APPLICATION FILE  write FILE as the monitor's state of an application
//	past (APPLICATION FILE)...  write each FILE as the history of an application
//	sites FILE           write FILE's keys as what the sites of applications know
//	own APPLICATION FILE apply FILE's objects as the agent would
//
// In FILE, {{ago "5m"}} is a time and {{.Requested}} the requested sync.
func TestCluster(t *testing.T) {
	cfg := controlplane.Config(t)
	c := &scripted{cfg: cfg, client: kubernetes.NewForConfigOrDie(cfg)}
	kubeconfig := controlplane.Kubeconfig(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/cluster",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"tell": c.tell, "answer": c.answer, "annotate": c.annotate, "annotation": c.annotation, "own": c.own,
			"remember": c.remember, "sites": c.sites, "past": c.past,
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("KUBECONFIG", kubeconfig)
			e.Setenv("GORACE", "atexit_sleep_ms=0") // else each command lasts a second longer
			return c.namespace(e)
		},
	})
}

// scripted holds the commands of the scripts.
type scripted struct {
	cfg    *rest.Config
	client kubernetes.Interface
}

// namespace makes the script's namespace and a name for one that is not there.
func (c *scripted) namespace(e *testscript.Env) error {
	ctx := context.Background()
	ns, err := c.client.CoreV1().Namespaces().Create(ctx,
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "cli-"}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	e.Setenv("NS", ns.Name)
	e.Setenv("OTHER", ns.Name+"-new")
	e.Defer(func() {
		for _, name := range []string{ns.Name, ns.Name + "-new"} {
			_ = c.client.CoreV1().Namespaces().Delete(ctx, name, metav1.DeleteOptions{})
		}
	})
	return nil
}

func (c *scripted) tell(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv("ANSWERED", time.Now().UTC().Format(time.RFC3339Nano))
	ts.Check(c.write(ts.Getenv("NS"), ts.ReadFile(args[0]), ""))
}

func (c *scripted) answer(ts *testscript.TestScript, _ bool, args []string) {
	requested, err := c.requested(ts.Getenv("NS"), ts.Getenv("ANSWERED"))
	ts.Check(err)
	ts.Setenv("ANSWERED", requested)
	for _, file := range args {
		ts.Check(c.write(ts.Getenv("NS"), ts.ReadFile(file), requested))
	}
}

// requested waits for a sync to be requested after the given time.
func (c *scripted) requested(namespace, after string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	watch, err := c.client.CoreV1().Namespaces().Watch(ctx, metav1.ListOptions{
		FieldSelector: fields.OneTermEqualSelector("metadata.name", namespace).String(),
	})
	if err != nil {
		return "", err
	}
	defer watch.Stop()
	for event := range watch.ResultChan() {
		ns, ok := event.Object.(*corev1.Namespace)
		if !ok {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, ns.Annotations[binding.SyncRequestedAt])
		last, err2 := time.Parse(time.RFC3339Nano, after)
		if err == nil && err2 == nil && at.After(last) {
			return ns.Annotations[binding.SyncRequestedAt], nil
		}
	}
	return "", errors.New("nobody has requested a sync")
}

// write puts a status document, given as YAML, where the agent does.
func (c *scripted) write(namespace, text, requested string) error {
	text, err := filled(text, requested)
	if err != nil {
		return err
	}
	var s status.Status
	if err := yaml.UnmarshalStrict([]byte(text), &s); err != nil {
		return err
	}
	document, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return c.patch(namespace, status.ConfigMap, map[string]string{status.Key: string(document)})
}

func filled(text, requested string) (string, error) {
	var filled strings.Builder
	t, err := template.New("document").Funcs(template.FuncMap{"ago": ago(time.Now())}).Parse(text)
	if err != nil {
		return "", err
	}
	err = t.Execute(&filled, struct{ Requested string }{requested})
	return filled.String(), err
}

func (c *scripted) patch(namespace, name string, data map[string]string) error {
	patch, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name}, "data": data,
	})
	if err != nil {
		return err
	}
	force := true
	_, err = c.client.CoreV1().ConfigMaps(namespace).Patch(context.Background(), name, types.ApplyPatchType, patch,
		metav1.PatchOptions{FieldManager: "spotguide", Force: &force})
	return err
}

// ago tells times by their age at one moment, so that what lies between two of a
// document is what they say. From ten minutes on, ages are shown without seconds.
func ago(now time.Time) func(d string) (string, error) {
	return func(d string) (string, error) {
		age, err := time.ParseDuration(d)
		return now.UTC().Add(-age - time.Second/2).Format(metav1.RFC3339Micro), err
	}
}

func (c *scripted) annotate(ts *testscript.TestScript, _ bool, args []string) {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]string{binding.Prefix + args[0]: args[1]}}})
	ts.Check(err)
	_, err = c.client.CoreV1().Namespaces().Patch(context.Background(), ts.Getenv("NS"), types.MergePatchType, patch, metav1.PatchOptions{})
	ts.Check(err)
}

func (c *scripted) annotation(ts *testscript.TestScript, _ bool, args []string) {
	ns, err := c.client.CoreV1().Namespaces().Get(context.Background(), ts.Getenv("NS"), metav1.GetOptions{})
	ts.Check(err)
	if got := ns.Annotations[binding.Prefix+args[0]]; got != args[1] {
		ts.Fatalf("annotation %s is %q instead of %q", args[0], got, args[1])
	}
}

func (c *scripted) remember(ts *testscript.TestScript, _ bool, args []string) {
	text, err := filled(ts.ReadFile(args[1]), "")
	ts.Check(err)
	var s sla.State
	ts.Check(yaml.UnmarshalStrict([]byte(text), &s))
	document, err := json.Marshal(s)
	ts.Check(err)
	ts.Check(c.patch(ts.Getenv("NS"), monitor.ConfigMap, map[string]string{args[0]: string(document)}))
}

func (c *scripted) past(ts *testscript.TestScript, _ bool, args []string) {
	data := map[string]string{}
	for i := 0; i+1 < len(args); i += 2 {
		text, err := filled(ts.ReadFile(args[i+1]), "")
		ts.Check(err)
		var runs []status.Run
		ts.Check(yaml.UnmarshalStrict([]byte(text), &runs))
		document, err := json.Marshal(runs)
		ts.Check(err)
		data[args[i]] = string(document)
	}
	ts.Check(c.patch(ts.Getenv("NS"), status.HistoryConfigMap, data))
}

func (c *scripted) sites(ts *testscript.TestScript, _ bool, args []string) {
	var data map[string]string
	ts.Check(yaml.UnmarshalStrict([]byte(ts.ReadFile(args[0])), &data))
	ts.Check(c.patch(ts.Getenv("NS"), sites.ConfigMap, data))
}

func (c *scripted) own(ts *testscript.TestScript, _ bool, args []string) {
	owner := inventory.Owner{Namespace: ts.Getenv("NS"), Application: args[0]}
	set := apply.Set{Owner: owner}
	for text := range strings.SplitSeq(ts.ReadFile(args[1]), "---\n") {
		object := map[string]any{}
		ts.Check(yaml.Unmarshal([]byte(text), &object))
		set.Objects = append(set.Objects, apply.Object{Unstructured: &unstructured.Unstructured{Object: object}})
	}
	mapper, err := apply.NewMapper(c.cfg)
	ts.Check(err)
	applier, err := apply.New(c.cfg, apply.Config{Mapper: mapper, Store: inventory.NewStore(c.client.CoreV1())})
	ts.Check(err)
	result, err := applier.Apply(context.Background(), set, apply.Options{Identity: apply.AsAgent})
	ts.Check(err)
	ts.Check(applier.Commit(context.Background(), owner, result.Record))
}
