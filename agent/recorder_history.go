package agent

import (
	"context"

	"github.com/spotguide/spotguide/agent/pipeline"
	"github.com/spotguide/spotguide/agent/status"
)

// writeHistories writes the histories that have changed. All of a namespace's
// share one ConfigMap, so the more there are, the less room each has.
func (r *recorder) writeHistories(ctx context.Context, namespace string, histories map[string]pipeline.History) error {
	r.mu.Lock()
	last := r.written[namespace].histories
	r.mu.Unlock()
	changed, all := map[string]any{}, make(map[string]string, len(histories))
	for app, history := range histories {
		if len(history) == 0 {
			continue
		}
		document, err := pipeline.Encode(history, len(histories))
		if err != nil {
			return err
		}
		if all[app] = document; document != last[app] {
			changed[app] = document
		}
	}
	for app := range last {
		if _, kept := all[app]; !kept {
			changed[app] = nil
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if err := r.patchConfigMap(ctx, namespace, status.HistoryConfigMap, changed); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.written[namespace]
	w.histories = all
	r.written[namespace] = w
	return nil
}
