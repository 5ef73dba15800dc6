package drift

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/spotguide/spotguide/sync/inventory"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// What is remembered of an object is some hundred bytes, whatever its size.
func TestFootprint(t *testing.T) {
	const objects, limit = 20_000, 600
	m := newMemory(schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, newShared(), func(inventory.Owner) {})
	fields := `{"f:spec":{` + strings.Repeat(`"f:some":{},`, 200) + `"f:last":{}}}`
	before := heap()
	for i := range objects {
		s := sight(fmt.Sprintf("application-%d", i), fmt.Sprint(1_000_000+i), fields)
		s.UID = types.UID(fmt.Sprintf("01234567-89ab-cdef-0123-%012d", i))
		s.Namespace = fmt.Sprintf("namespace-%d", i/4)
		s.Labels[inventory.LabelNamespace] = s.Namespace
		s.ManagedFields = append(s.ManagedFields, metav1.ManagedFieldsEntry{
			Manager: "kube-controller-manager", Operation: "Update", Subresource: "status", FieldsV1: metav1.NewFieldsV1(fields),
		})
		s.Annotations = map[string]string{"big": strings.Repeat("x", 4096)}
		_ = m.Add(s)
	}
	each := int(heap()-before) / objects
	t.Logf("%d bytes an object", each)
	if each > limit {
		t.Errorf("%d bytes an object, more than %d", each, limit)
	}
	runtime.KeepAlive(m)
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
