package observe

import corev1 "k8s.io/api/core/v1"

// why is what troubles a pod: a reason, the container it is about, why that one
// ended the last time, and what the cluster says more.
type why struct{ reason, container, exit, message string }

// explain finds the most telling reason: that the pod is going, what was said of
// it as a whole, what its containers say, init containers first since the others
// wait for them, and last that it is only just starting.
func explain(p *corev1.Pod) why {
	w := ofContainers(p)
	switch {
	case p.DeletionTimestamp != nil:
		return why{reason: "Terminating"}
	case p.Status.Reason != "":
		return why{reason: p.Status.Reason, exit: w.exit}
	case w.reason == "":
		w.reason, w.message = unscheduled(p)
	}
	return w
}

// ofContainers prefers a container in trouble to one that is starting, and that
// to one that merely ended before.
func ofContainers(p *corev1.Pod) why {
	var starting, ended why
	for _, list := range [][]corev1.ContainerStatus{p.Status.InitContainerStatuses, p.Status.ContainerStatuses} {
		for _, c := range list {
			w := ofContainer(c)
			switch {
			case isStarting(w.reason):
				starting = first(starting, w)
			case w.reason != "":
				return w
			case w.exit != "":
				ended = first(ended, w)
			}
		}
	}
	return first(starting, ended)
}

func ofContainer(c corev1.ContainerStatus) why {
	w := why{container: c.Name}
	if last := c.LastTerminationState.Terminated; last != nil {
		w.exit = last.Reason
	}
	if waiting := c.State.Waiting; waiting != nil {
		w.reason, w.message = waiting.Reason, waiting.Message
	}
	if ended := c.State.Terminated; ended != nil && ended.ExitCode != 0 {
		w.reason, w.exit = ended.Reason, ended.Reason
	}
	return w
}

func isStarting(reason string) bool {
	return reason == "ContainerCreating" || reason == "PodInitializing"
}

func first(a, b why) why {
	if a != (why{}) {
		return a
	}
	return b
}

// unscheduled is why the scheduler has found no node, if it has tried.
func unscheduled(p *corev1.Pod) (reason, message string) {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return c.Reason, c.Message
		}
	}
	return "", ""
}
