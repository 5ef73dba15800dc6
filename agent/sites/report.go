package sites

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/monitor/failover"
	"github.com/spotguide/spotguide/sync/inventory"
)

// Standing is how an application stands in this cluster.
type Standing struct {
	Role    failover.Role `json:"role"`
	Site    string        `json:"site"`
	Epoch   int64         `json:"epoch"`
	Primary string        `json:"primary,omitempty"`
	// Mirror is the revision that a standby holds ready.
	Mirror string `json:"mirror,omitempty"`
	// Why tells a person more.
	Why string `json:"why,omitempty"`
	// Trouble is what another place could not be asked for.
	Trouble string `json:"trouble,omitempty"`
	// Since is when this site became what it is. Quiet is for how long the other one
	// had not been heard of when it took over; 0 where that had stopped for it.
	Since time.Time     `json:"since,omitzero"`
	Quiet time.Duration `json:"quiet,omitempty"`
}

// Report is what a site has written down of an application, for people and for the
// agent's next start.
type Report struct {
	Standing `json:",inline"`
	Settings failover.Settings `json:"settings"`
}

// Parse reads the reports out of a ConfigMap's data, by application.
func Parse(data map[string]string) (map[string]Report, error) {
	all := map[string]Report{}
	for key, text := range data {
		application, ours := strings.CutSuffix(key, Suffix)
		if !ours {
			continue
		}
		var r Report
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			return nil, fmt.Errorf("ConfigMap %s: key %s: %w (delete the key; the agent writes it anew)", ConfigMap, key, err)
		}
		all[application] = r
	}
	return all, nil
}

// Recall takes up what an earlier agent has kept in a namespace, before its
// repository can be read: a primary has to be heard of, or to stop.
func (s *Sites) Recall(ctx context.Context, namespace string) error {
	cm, err := s.client.CoreV1().ConfigMaps(namespace).Get(ctx, ConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read ConfigMap %s/%s: %w", namespace, ConfigMap, err)
	}
	reports, err := Parse(cm.Data)
	if err != nil {
		s.log.Warn("sites unreadable, known again once they are rendered", "namespace", namespace, "error", err)
	}
	for application, r := range reports {
		if len(r.Settings.Sites) == 2 && r.Settings.After.Duration > 0 {
			s.Follow(inventory.Owner{Namespace: namespace, Application: application}, r.Settings)
		}
	}
	return nil
}

// report writes it down where it has changed.
func (o *site) report(ctx context.Context, r Report) {
	raw, err := json.Marshal(r)
	if err != nil || string(raw) == o.reported {
		return
	}
	if err := o.own.patch(ctx, "", map[string]string{o.owner.Application + Suffix: string(raw)}); err != nil {
		if !apierrors.IsNotFound(err) { // which is before the first ballot
			o.log.Warn("standing not written down yet", "error", err)
		}
		return
	}
	o.reported = string(raw)
}
