package agent

import (
	"strings"
	"testing"

	"github.com/spotguide/spotguide/spotguides/guide"
)

func TestAils(t *testing.T) {
	for name, test := range map[string]struct {
		pod  guide.Pod
		want string
	}{
		"ready":   {guide.Pod{Ready: true, CrashLooping: true}, ""},
		"starts":  {guide.Pod{Reason: "ContainerCreating"}, ""},
		"image":   {guide.Pod{Stuck: guide.StuckImage, Message: "no such image"}, "no such image"},
		"ends":    {guide.Pod{CrashLooping: true, Container: "web", LastExit: "Completed"}, "container web ends by itself"},
		"crashes": {guide.Pod{CrashLooping: true, Container: "web", LastExit: "OOMKilled", Name: "web-1"}, "container web crashes again and again: OOMKilled"},
		"looping": {guide.Pod{CrashLooping: true, Container: "web"}, "container web crashes again and again"},
	} {
		if got := ails(test.pod); !strings.HasPrefix(got, test.want) || test.want == "" && got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}
