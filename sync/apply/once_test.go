package apply_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/inventory"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const job = `
apiVersion: batch/v1
kind: Job
metadata: {name: cart-test, labels: {step: test, run: one}}
spec:
  suspend: true
  template:
    spec:
      restartPolicy: Never
      containers: [{name: step, image: "example.org/web:1"}]`

// one is an object of the lab's namespace.
func (l *lab) one(document string) *unstructured.Unstructured {
	l.Helper()
	object := objects(l.T, document)[0].Unstructured
	object.SetNamespace(l.ns)
	return object
}

func (l *lab) jobs() []batchv1.Job {
	l.Helper()
	list, err := l.kube.BatchV1().Jobs(l.ns).List(l.Context(), metav1.ListOptions{})
	l.must(err)
	return list.Items
}

// TestCreateOnce: what is there with all labels is what was asked for; another's
// is not taken for it.
func TestCreateOnce(t *testing.T) {
	l := newLab(t)
	l.must(l.applier.Create(t.Context(), l.one(job), l.opt.Identity))
	first := l.jobs()
	if len(first) != 1 || !slices.ContainsFunc(first[0].ManagedFields, func(f metav1.ManagedFieldsEntry) bool { return f.Manager == inventory.Manager }) {
		t.Fatalf("made %+v", first)
	}
	l.must(l.applier.Create(t.Context(), l.one(job), l.opt.Identity))
	if again := l.jobs(); len(again) != 1 || again[0].UID != first[0].UID {
		t.Error("it was made twice")
	}
	other := strings.Replace(job, "run: one", "run: two", 1)
	if err := l.applier.Create(t.Context(), l.one(other), l.opt.Identity); err == nil || !strings.Contains(err.Error(), "cart-test") || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("another of that name: %v", err)
	}
	err := l.applier.Create(t.Context(), l.one(strings.Replace(job, "cart-test", "mine", 1)), apply.ServiceAccount(l.ns, "stranger"))
	if err == nil || !strings.Contains(err.Error(), "system:serviceaccount:"+l.ns+":stranger") {
		t.Errorf("an account without rights: %v", err)
	}
	if len(l.jobs()) != 1 {
		t.Errorf("there are %d Jobs", len(l.jobs()))
	}
	err = l.applier.Create(t.Context(), l.one(strings.Replace(job, "kind: Job", "kind: Jab", 1)), l.opt.Identity)
	if err == nil || !strings.Contains(err.Error(), "Jab") {
		t.Errorf("a kind that is not there: %v", err)
	}
}

// TestDeleteOnce takes away that very object, as the namespace's account.
func TestDeleteOnce(t *testing.T) {
	l := newLab(t)
	l.must(l.applier.Create(t.Context(), l.one(job), l.opt.Identity))
	made := l.one(job)
	made.SetUID("another")
	l.must(l.applier.Delete(t.Context(), made, l.opt.Identity))
	if err := l.applier.Delete(t.Context(), l.one(job), apply.ServiceAccount(l.ns, "stranger")); err == nil || !strings.Contains(err.Error(), "stranger") {
		t.Errorf("an account without rights: %v", err)
	}
	left := l.jobs()
	if len(left) != 1 || left[0].DeletionTimestamp != nil {
		t.Fatalf("another one was deleted: %+v", left)
	}
	made.SetUID(left[0].UID)
	l.must(l.applier.Delete(t.Context(), made, l.opt.Identity))
	l.eventually("the end of the Job", func() bool { return len(l.jobs()) == 0 })
	l.must(l.applier.Delete(t.Context(), made, l.opt.Identity)) // gone is gone
}
