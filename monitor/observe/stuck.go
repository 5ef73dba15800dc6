package observe

import (
	"strings"
	"unicode/utf8"
	"unique"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// messageKept bounds what is kept of what the cluster says, in bytes.
const messageKept = 200

// stuck is what keeps a pod from going on, and what the cluster says about it.
// The lock is held.
func (t *table) stuck(seen *guide.Pod, p *pod) (kind, message string) {
	if seen.NodeOff {
		return guide.StuckNodeOff, ""
	}
	switch seen.Reason {
	case "Unschedulable":
		return guide.StuckUnschedulable, p.message.Value()
	case "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable":
		return guide.StuckImage, p.message.Value()
	case "CreateContainerConfigError":
		return guide.StuckConfig, p.message.Value()
	case "ContainerCreating", "PodInitializing", "":
		return t.withoutVolume(seen, p)
	}
	return "", ""
}

// withoutVolume looks for an event that says so. A pod whose volumes are there
// may have had one before.
func (t *table) withoutVolume(seen *guide.Pod, p *pod) (kind, message string) {
	s := t.spaces[seen.Namespace]
	if s == nil || p.mounted || p.ready || seen.Node == "" || seen.Phase != string(corev1.PodPending) {
		return "", ""
	}
	latest := refusal{}
	for _, r := range s.refusals {
		if r.pod == p.uid && r.at >= latest.at {
			kind, latest = guide.StuckVolume, r
		}
	}
	if kind == "" {
		return "", ""
	}
	return kind, latest.message.Value()
}

// refusal is an event which says that a volume cannot be attached or mounted.
type refusal struct {
	name, pod string // the pod's name and UID
	message   word
	at        int64
}

// The reasons of such events, each of which has a watch of its own.
const (
	failedMount  = "FailedMount"
	failedAttach = "FailedAttachVolume"
)

func (t *table) setRefusal(reason string, e *corev1.Event) {
	at := e.LastTimestamp.Unix()
	if e.Series != nil {
		at = e.Series.LastObservedTime.Unix()
	}
	r := refusal{e.InvolvedObject.Name, string(e.InvolvedObject.UID), unique.Make(short(e.Message)), max(at, e.EventTime.Unix())}
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.space(e.Namespace)
	s.refusals[reason+"/"+e.Name] = r
	if p := s.pods[r.name]; p != nil && p.uid == r.pod {
		t.note(e.Namespace, p.owner())
	}
}

func (t *table) removeRefusal(reason, namespace, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.spaces[namespace]; s != nil {
		delete(s.refusals, reason+"/"+name)
		t.tidy(namespace)
	}
}

// refusalNames are those of the events of a reason.
func (t *table) refusalNames(reason string) []cache.ObjectName {
	return t.names(func(s *space, add func(string)) {
		for name := range s.refusals {
			if rest, ok := strings.CutPrefix(name, reason+"/"); ok {
				add(rest)
			}
		}
	})
}

// short cuts a text to messageKept bytes.
func short(text string) string {
	if len(text) <= messageKept {
		return text
	}
	end := messageKept - len(" ...")
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + " ..."
}
