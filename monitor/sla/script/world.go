package script

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// world is what is seen; script lines change it.
type world struct {
	guide.Observation
}

// change plays one line that is neither `at` nor `expect`.
func (w *world) change(words []string) error {
	switch args := words[1:]; words[0] {
	case "application", "namespace", "revision":
		if len(args) != 1 {
			return fmt.Errorf("want `%s NAME`", words[0])
		}
		return set(&w.Observation, words[0], args[0])
	case "rollout":
		return w.changeRollout(args)
	case "component":
		return w.changeComponent(args)
	case "pod":
		return w.changePod(args)
	case "node":
		return w.changeNode(args)
	case "metric":
		return w.changeMetric(args)
	case "objective":
		return w.changeObjective(args)
	case "volume":
		return w.changeVolume(args)
	case "brake":
		w.Brake = strings.Join(args, " ")
		return nil
	case "operating":
		w.Operating = strings.Join(args, " ")
		return nil
	}
	return fmt.Errorf("unknown %q: want application, namespace, revision, rollout, component, pod, node, volume, metric, objective, brake, operating, approve, at or expect", words[0])
}

func (w *world) changeRollout(args []string) error {
	if slices.Equal(args, []string{"?"}) {
		w.Rollout = nil
		return nil
	}
	if w.Rollout == nil {
		w.Rollout = &guide.RolloutSeen{}
	}
	return setAll(w.Rollout, args)
}

// changeMetric sets metrics; `?` makes one unknown.
func (w *world) changeMetric(args []string) error {
	w.Metrics = maps.Clone(w.Metrics)
	for _, word := range args {
		name, value, ok := strings.Cut(word, "=")
		if !ok {
			return fmt.Errorf("want `metric name=value...`, not %q", word)
		}
		if value == "?" {
			delete(w.Metrics, name)
			continue
		}
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return fmt.Errorf("metric %s: %w", name, err)
		}
		if w.Metrics == nil {
			w.Metrics = map[string]float64{}
		}
		w.Metrics[name] = number
	}
	return nil
}

// changeObjective sets how an objective stands, whatever metrics say; `gone` has
// it computed of them again.
func (w *world) changeObjective(args []string) error {
	if len(args) == 0 {
		return errors.New("want `objective NAME field=value...`")
	}
	w.Objectives = slices.Clone(w.Objectives)
	is := func(o guide.ObjectiveSeen) bool { return o.Name == args[0] }
	if slices.Equal(args[1:], []string{"gone"}) {
		w.Objectives = slices.DeleteFunc(w.Objectives, is)
		return nil
	}
	i := slices.IndexFunc(w.Objectives, is)
	if i < 0 {
		i = len(w.Objectives)
		w.Objectives = append(w.Objectives, guide.ObjectiveSeen{Name: args[0]})
	}
	return setAll(&w.Objectives[i], args[1:])
}

func (w *world) changeComponent(args []string) error {
	if len(args) == 0 || !strings.Contains(args[0], "/") {
		return errors.New("want `component KIND/NAME field=value...`")
	}
	kind, name, _ := strings.Cut(args[0], "/")
	is := func(c guide.Workload) bool { return c.Kind == kind && c.Name == name }
	if slices.Equal(args[1:], []string{"gone"}) {
		w.Components = slices.DeleteFunc(w.Components, is)
		return nil
	}
	i := slices.IndexFunc(w.Components, is)
	if i < 0 {
		i = len(w.Components)
		w.Components = append(w.Components, guide.Workload{Kind: kind, Name: name, Observed: true})
	}
	return setAll(&w.Components[i], args[1:])
}

func (w *world) changePod(args []string) error {
	if len(args) == 0 {
		return errors.New("want `pod NAME [of KIND/NAME] field=value...`")
	}
	is := func(p guide.Pod) bool { return p.Name == args[0] }
	if slices.Equal(args[1:], []string{"gone"}) {
		w.Pods = slices.DeleteFunc(w.Pods, is)
		return nil
	}
	i := slices.IndexFunc(w.Pods, is)
	if i < 0 {
		i = len(w.Pods)
		w.Pods = append(w.Pods, guide.Pod{Name: args[0], UID: args[0], Phase: "Running"})
	}
	rest := args[1:]
	if len(rest) > 1 && rest[0] == "of" {
		w.Pods[i].ComponentKind, w.Pods[i].Component, _ = strings.Cut(rest[1], "/")
		rest = rest[2:]
	}
	return setAll(&w.Pods[i], rest)
}

// changeNode sets a node, which is ready unless said otherwise.
func (w *world) changeNode(args []string) error {
	if len(args) == 0 {
		return errors.New("want `node NAME field=value...`")
	}
	is := func(n guide.Node) bool { return n.Name == args[0] }
	if slices.Equal(args[1:], []string{"gone"}) {
		w.Nodes = slices.DeleteFunc(w.Nodes, is)
		return nil
	}
	i := slices.IndexFunc(w.Nodes, is)
	if i < 0 {
		i = len(w.Nodes)
		w.Nodes = append(w.Nodes, guide.Node{Name: args[0], Ready: true, State: guide.NodeReady})
	}
	return setAll(&w.Nodes[i], args[1:])
}

// changeVolume sets a claim, whose sizes may be quantities: 10Gi.
func (w *world) changeVolume(args []string) error {
	if len(args) == 0 {
		return errors.New("want `volume CLAIM field=value...`")
	}
	is := func(c guide.Claim) bool { return c.Name == args[0] }
	if slices.Equal(args[1:], []string{"gone"}) {
		w.Volumes = slices.DeleteFunc(w.Volumes, is)
		return nil
	}
	i := slices.IndexFunc(w.Volumes, is)
	if i < 0 {
		i = len(w.Volumes)
		w.Volumes = append(w.Volumes, guide.Claim{Name: args[0], UID: args[0], Volume: args[0]})
	}
	words := slices.Clone(args[1:])
	for i, word := range words {
		name, value, _ := strings.Cut(word, "=")
		if q, err := resource.ParseQuantity(value); err == nil && (name == "requested" || name == "capacity") {
			words[i] = fmt.Sprintf("%s=%d", name, q.Value())
		}
	}
	return setAll(&w.Volumes[i], words)
}

// advance moves the time and lets what counts seconds grow.
func (w *world) advance(now time.Time) error {
	if now.Before(w.Time) {
		return errors.New("times must not go back")
	}
	seconds := int64(now.Sub(w.Time) / time.Second)
	grow := func(n *int64) {
		if *n > 0 && !w.Time.IsZero() {
			*n += seconds
		}
	}
	if w.Rollout != nil {
		grow(&w.Rollout.AgeSeconds)
	}
	for i := range w.Pods {
		p := &w.Pods[i]
		grow(&p.AgeSeconds)
		grow(&p.NotReadyForSeconds)
		grow(&p.TerminatingSeconds)
	}
	for i := range w.Nodes {
		grow(&w.Nodes[i].ForSeconds)
	}
	w.Time = now
	return nil
}

// setAll sets fields of the struct that obj points to from name=value words.
func setAll(obj any, words []string) error {
	for _, word := range words {
		name, value, ok := strings.Cut(word, "=")
		if !ok {
			return fmt.Errorf("want field=value, not %q", word)
		}
		if err := set(obj, name, value); err != nil {
			return err
		}
	}
	return nil
}

// set sets the field of that JSON name.
func set(obj any, name, value string) error {
	v := reflect.ValueOf(obj).Elem()
	var known []string
	for i := range v.NumField() {
		tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if tag == name {
			if err := setValue(v.Field(i), value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		}
		known = append(known, tag)
	}
	return fmt.Errorf("no field %q, there are %s", name, strings.Join(known, ", "))
}

func setValue(v reflect.Value, text string) error {
	switch v.Kind() {
	case reflect.Pointer:
		if text == "?" {
			v.SetZero()
			return nil
		}
		v.Set(reflect.New(v.Type().Elem()))
		return setValue(v.Elem(), text)
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		v.SetBool(b)
		return err
	case reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		v.SetInt(n)
		return err
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		v.SetFloat(f)
		return err
	default:
		return fmt.Errorf("cannot be set by a script")
	}
	return nil
}
