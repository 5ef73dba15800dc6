package observe

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// The volumes of an application are those that its StatefulSets made and its own.
func TestVolumes(t *testing.T) {
	table := newTable(func(string, Ref) {})
	yes, class := true, "fast"
	table.setClass(&storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: class}, AllowVolumeExpansion: &yes})
	for _, name := range []string{"data-db-0", "data-db-10", "data-db-x", "data-web-0", "-db-0", "db-0", "own", "foreign"} {
		table.setClaim("ns", name, newClaim(&corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{Name: name, UID: "u-" + "1"},
			Spec: corev1.PersistentVolumeClaimSpec{StorageClassName: &class, Resources: corev1.VolumeResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("2Gi")}}},
			Status: corev1.PersistentVolumeClaimStatus{
				Phase: corev1.ClaimBound, Capacity: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")},
				Conditions: []corev1.PersistentVolumeClaimCondition{{Type: corev1.PersistentVolumeClaimResizing, Status: "True", Message: "slow"}},
			},
		}))
	}
	table.setClaim("other", "data-db-0", claim{})
	claim := func(name, volume string) guide.Claim {
		return guide.Claim{Namespace: "ns", Name: name, UID: "u-1", Volume: volume, Requested: 2 << 30, Capacity: 1 << 30,
			Class: class, Expandable: true, Resizing: "Resizing slow"}
	}
	got := table.volumes(Target{
		Namespace: "ns", Claims: []Claimed{{"ns", "own"}, {"ns", "gone"}},
		Workloads: []Workload{{Ref: Ref{"StatefulSet", "db"}}, {Ref: Ref{"Deployment", "web"}}},
	})
	want := []guide.Claim{claim("data-db-0", "data"), claim("data-db-10", "data"), claim("own", "own")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	table.removeClass(class)
	table.removeClaim("ns", "data-db-10")
	if got := table.volumes(Target{Namespace: "ns", Workloads: []Workload{{Ref: Ref{"StatefulSet", "db"}}}}); len(got) != 1 || got[0].Expandable {
		t.Errorf("%+v", got)
	}
}
