package sites

import (
	"context"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/spotguide/spotguide/monitor/failover"
)

// ConfigMap holds the ballots, by application, and what a site has last found, by
// application and Suffix.
const (
	ConfigMap = "spotguide-failover"
	Suffix    = ".site"
)

// fieldManager of what is written.
const fieldManager = "spotguide"

// found is a ballot and the version of what it stands in, empty where there is
// nothing yet.
type found struct {
	failover.Look
	version string
}

// read looks at an application's ballot.
func (p *place) read(ctx context.Context, application string) (found, error) {
	cm, err := p.client.CoreV1().ConfigMaps(p.namespace).Get(ctx, ConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return found{Look: failover.Look{Known: true}}, nil
	}
	if err != nil {
		return found{}, fmt.Errorf("read ConfigMap %s/%s: %w", p.namespace, ConfigMap, err)
	}
	f := found{Look: failover.Look{Known: true}, version: cm.ResourceVersion}
	if text := cm.Data[application]; text != "" {
		if err := json.Unmarshal([]byte(text), &f.Ballot); err != nil {
			return found{}, fmt.Errorf("ConfigMap %s/%s: key %s: %w", p.namespace, ConfigMap, application, err)
		}
	}
	return f, nil
}

// write puts a ballot over what was found, and over nothing else.
func (p *place) write(ctx context.Context, application string, over found, b failover.Ballot) error {
	text, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("encode ballot: %w", err)
	}
	if over.version == "" {
		_, err = p.client.CoreV1().ConfigMaps(p.namespace).Create(ctx, &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: ConfigMap}, Data: map[string]string{application: string(text)},
		}, metav1.CreateOptions{FieldManager: fieldManager})
	} else {
		err = p.patch(ctx, over.version, map[string]string{application: string(text)})
	}
	if err != nil {
		return fmt.Errorf("write ConfigMap %s/%s: %w", p.namespace, ConfigMap, err)
	}
	return nil
}

// patch sets keys; with a version only over that one.
func (p *place) patch(ctx context.Context, version string, data map[string]string) error {
	patch := map[string]any{"data": data}
	if version != "" {
		patch["metadata"] = map[string]string{"resourceVersion": version}
	}
	raw, err := json.Marshal(patch)
	if err != nil {
		return err
	}
	_, err = p.client.CoreV1().ConfigMaps(p.namespace).Patch(ctx, ConfigMap, types.MergePatchType, raw, metav1.PatchOptions{FieldManager: fieldManager})
	return err
}
