package render

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/spotguides/guide"
)

func TestSize(t *testing.T) {
	own := guide.Resources{Requests: map[string]string{"cpu": "7"}}
	six := int32(6)
	for name, tt := range map[string]struct {
		settings  guide.Settings
		workload  string
		replicas  int32
		resources *guide.Resources
	}{
		"none":   {guide.Settings{}, "", 1, nil},
		"small":  {guide.Settings{Size: guide.SizeSmall}, "", 1, sized("100m", "256Mi", "512Mi")},
		"medium": {guide.Settings{Size: guide.SizeMedium}, "", 2, sized("500m", "512Mi", "1Gi")},
		"large":  {guide.Settings{Size: guide.SizeLarge}, "", 3, sized("1", "2Gi", "4Gi")},
		"state":  {guide.Settings{Size: guide.SizeLarge}, guide.WorkloadStatefulSet, 1, sized("1", "2Gi", "4Gi")},
		"said": {guide.Settings{
			Size: guide.SizeLarge, Replicas: &six, Resources: map[string]guide.Resources{"*": own},
		}, "", 6, &own},
	} {
		t.Run(name, func(t *testing.T) {
			var j job
			j.Settings = tt.settings
			got := j.component(guide.Component{Name: "web", Workload: tt.workload})
			if *got.Replicas != tt.replicas {
				t.Errorf("%d replicas, want %d", *got.Replicas, tt.replicas)
			}
			if diff := cmp.Diff(tt.resources, got.Resources); diff != "" {
				t.Error(diff)
			}
		})
	}
}
