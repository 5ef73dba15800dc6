package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/pipeline"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/monitor"
)

// monitorConfigMap holds the monitor's state, one key an application.
const monitorConfigMap = monitor.ConfigMap

// memory is what an earlier agent wrote down about a namespace.
type memory struct {
	owners    []string // applications that have a record, also a damaged one
	apps      map[string]status.Application
	states    map[string]json.RawMessage
	histories map[string]pipeline.History
}

// recollection is the part of one application.
type recollection struct {
	view    status.Application
	state   json.RawMessage
	history pipeline.History
}

func (m memory) of(app string) recollection {
	return recollection{view: m.apps[app], state: m.states[app], history: m.histories[app].Clone()}
}

// remember reads what stands in the namespace's ConfigMaps. A damaged status or
// monitor state is started afresh; a damaged inventory record is dealt with by
// the applier, which prunes nothing by it.
func (t *tenant) remember(ctx context.Context) error {
	owners, err := t.store.Applications(ctx, t.namespace)
	if err != nil {
		return fmt.Errorf("read inventory of %s: %w", t.namespace, err)
	}
	t.memory = memory{owners: owners, apps: map[string]status.Application{}, states: map[string]json.RawMessage{}}
	data, err := t.configMap(ctx, status.ConfigMap)
	if err != nil {
		return err
	}
	var s status.Status
	if text := data[status.Key]; text != "" {
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.log.Warn("status unreadable, starting afresh", "error", err)
		}
	}
	histories, err := t.rememberHistories(ctx)
	if err != nil {
		return err
	}
	t.recorder.recall(t.namespace, data[status.Key], s, histories)
	t.ledger.write(func(l *ledger) {
		maps.Copy(l.histories, t.memory.histories)
		for _, a := range s.Applications {
			t.memory.apps[a.Name], l.apps[a.Name] = a, a
		}
		l.head = s
		l.head.Applications, l.head.Phase, l.head.Message = nil, "", ""
	})
	data, err = t.configMap(ctx, monitorConfigMap)
	if err != nil {
		return err
	}
	if err := t.sites.Recall(ctx, t.namespace); err != nil {
		return err
	}
	for app, state := range data {
		t.memory.states[app] = json.RawMessage(state)
	}
	return nil
}

// rememberHistories reads the applications' histories, and returns them as they
// are written.
func (t *tenant) rememberHistories(ctx context.Context) (map[string]string, error) {
	data, err := t.configMap(ctx, status.HistoryConfigMap)
	if err != nil {
		return nil, err
	}
	t.memory.histories = map[string]pipeline.History{}
	for app, document := range data {
		var h pipeline.History
		if err := json.Unmarshal([]byte(document), &h); err != nil {
			t.log.Warn("history unreadable, starting afresh", "application", app, "error", err)
			continue
		}
		t.memory.histories[app] = h
	}
	return data, nil
}

// configMap returns the data of one of the namespace's ConfigMaps, empty when
// there is none yet.
func (t *tenant) configMap(ctx context.Context, name string) (map[string]string, error) {
	cm, err := t.client.CoreV1().ConfigMaps(t.namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read ConfigMap %s/%s: %w", t.namespace, name, err)
	}
	return cm.Data, nil
}
