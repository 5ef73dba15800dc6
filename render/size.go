package render

import "github.com/spotguide/spotguide/spotguides/guide"

// preset is what a size stands for. Replicas are of Deployments alone: what keeps
// state of its own is not multiplied by a word.
type preset struct {
	replicas  int32
	resources *guide.Resources
}

// presetOf a size; none for an empty one. Processors are not limited, since that
// only slows down what could use an idle one.
func presetOf(size string) preset {
	switch size {
	case guide.SizeSmall:
		return preset{1, sized("100m", "256Mi", "512Mi")}
	case guide.SizeMedium:
		return preset{2, sized("500m", "512Mi", "1Gi")}
	case guide.SizeLarge:
		return preset{3, sized("1", "2Gi", "4Gi")}
	}
	return preset{}
}

func sized(cpu, memory, limit string) *guide.Resources {
	return &guide.Resources{
		Requests: map[string]string{"cpu": cpu, "memory": memory},
		Limits:   map[string]string{"memory": limit},
	}
}
