package remedy_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/spotguide/spotguide/monitor/remedy"
	"github.com/spotguide/spotguide/monitor/sla"
)

// A claim grows only from the size that was seen, and never shrinks.
func TestExpand(t *testing.T) {
	for name, tt := range map[string]struct{ uid, live, was, size, done, after string }{
		"grows":               {"1", "10Gi", "10Gi", "12Gi", "grows from 10Gi to 12Gi", "12Gi"},
		"has grown":           {"1", "12Gi", "10Gi", "12Gi", "asks for 12Gi already", "12Gi"},
		"is larger":           {"1", "1Ti", "10Gi", "12Gi", "asks for 1Ti already", "1Ti"},
		"somebody's own":      {"1", "11Gi", "10Gi", "12Gi", "somebody has it ask for 11Gi meanwhile", "11Gi"},
		"another one":         {"2", "10Gi", "10Gi", "12Gi", "it is gone", "10Gi"},
		"written otherwise":   {"1", "10240Mi", "10Gi", "12Gi", "grows from 10Gi to 12Gi", "12Gi"},
		"in other quantities": {"1", "10G", "10000000000", "12Gi", "grows from 10G to 12Gi", "12Gi"},
	} {
		t.Run(name, func(t *testing.T) {
			client := fake.NewClientset(&corev1.PersistentVolumeClaim{
				ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "data", UID: "1"},
				Spec: corev1.PersistentVolumeClaimSpec{Resources: corev1.VolumeResourceRequirements{
					Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(tt.live)}}},
			})
			target := sla.Target{Kind: sla.KindClaim, Namespace: "ns", Name: "data", UID: tt.uid}
			done, err := remedy.New(client, remedy.Config{}).Carry(t.Context(), sla.Action{Kind: sla.Expand, Target: target, Size: tt.size, Was: tt.was})
			if err != nil || done != tt.done {
				t.Errorf("got %q, %v, want %q", done, err, tt.done)
			}
			live, err := client.CoreV1().PersistentVolumeClaims("ns").Get(t.Context(), "data", metav1.GetOptions{})
			if got := live.Spec.Resources.Requests[corev1.ResourceStorage]; err != nil || got.Cmp(resource.MustParse(tt.after)) != 0 {
				t.Errorf("asks for %s, %v, want %s", got.String(), err, tt.after)
			}
		})
	}
}
