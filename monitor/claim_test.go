package monitor_test

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/monitor/observe"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// A volume of a real cluster that gets full asks for more.
func TestVolumeGrows(t *testing.T) {
	l := newLab(t)
	ctx, yes := t.Context(), true
	class := &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "grows-"}, Provisioner: "example.com/none", AllowVolumeExpansion: &yes,
	}
	class, err := l.client.StorageV1().StorageClasses().Create(ctx, class, metav1.CreateOptions{})
	l.must(err)
	t.Cleanup(func() {
		l.must(l.client.StorageV1().StorageClasses().Delete(context.Background(), class.Name, metav1.DeleteOptions{}))
	})
	size := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
	volume := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: l.namespace},
		Spec: corev1.PersistentVolumeSpec{
			Capacity: size, AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, StorageClassName: class.Name,
			ClaimRef:               &corev1.ObjectReference{Namespace: l.namespace, Name: "data"},
			PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: "example.com", VolumeHandle: "1"}},
		},
	}
	_, err = l.client.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{})
	l.must(err)
	t.Cleanup(func() {
		l.must(l.client.CoreV1().PersistentVolumes().Delete(context.Background(), volume.Name, metav1.DeleteOptions{}))
	})
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: "data"},
		Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: &class.Name, AccessModes: volume.Spec.AccessModes, Resources: corev1.VolumeResourceRequirements{Requests: size},
		},
	}
	_, err = l.client.CoreV1().PersistentVolumeClaims(l.namespace).Create(ctx, claim, metav1.CreateOptions{})
	l.must(err)

	target := l.target("Deployment", 0)
	target.Grows, target.Claims = true, []observe.Claimed{{Namespace: l.namespace, Name: "data"}}
	seen := l.until("the claim is bound", target, func(o guide.Observation) bool {
		return len(o.Volumes) == 1 && o.Volumes[0].Capacity == 1<<30 && o.Volumes[0].Expandable
	})
	compiler, err := sla.NewCompiler()
	l.must(err)
	program, err := compiler.Program(guide.SLA{Storage: map[string]guide.StorageGrowth{"data": {Max: "5Gi", Metric: "used"}}})
	l.must(err)
	seen.Metrics = map[string]float64{"used": 0.9}
	decision := sla.Decide(time.Now(), program, sla.State{}, seen)
	if len(decision.Actions) != 1 {
		t.Fatalf("%+v", decision)
	}
	l.must(l.carry(decision.Actions[0]))
	if l.said != "grows from 1Gi to 2Gi" {
		t.Error(l.said)
	}
	l.until("the claim asks for more", target, func(o guide.Observation) bool { return o.Volumes[0].Requested == 2<<30 })
}
