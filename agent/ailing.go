package agent

import (
	"fmt"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// ailing says what is wrong with the application's pods, empty when they do not
// tell: a workload itself only counts them.
func (a *application) ailing(now time.Time) string {
	seen, ok := a.observer.Observe(now, a.target())
	if !ok {
		return ""
	}
	for _, p := range seen.Pods {
		switch text := ails(p); {
		case text == "":
		case p.Stuck == "":
			return fmt.Sprintf("pod %s: %s (`spotguide logs %s -n %s --previous`)", p.Name, text, a.owner.Application, a.owner.Namespace)
		default:
			return fmt.Sprintf("pod %s: %s", p.Name, text)
		}
	}
	return ""
}

// ails is what keeps a pod from being well. It is the same from one attempt of a
// container to the next.
func ails(p guide.Pod) string {
	switch {
	case p.Ready:
		return ""
	case p.Stuck != "" && p.Message != "":
		return p.Message
	case p.CrashLooping && p.LastExit == "Completed":
		return fmt.Sprintf("container %s ends by itself, again and again; if it is meant to, write workload: Job of the component in .spotguide/application.yaml", p.Container)
	case p.CrashLooping && p.LastExit != "":
		return fmt.Sprintf("container %s crashes again and again: %s", p.Container, p.LastExit)
	case p.CrashLooping:
		return fmt.Sprintf("container %s crashes again and again", p.Container)
	}
	return ""
}
