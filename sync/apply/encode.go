package apply

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/spotguide/spotguide/sync/inventory"
)

// serverFields are metadata that only the API server writes; exported manifests
// often bring them along.
var serverFields = []string{"managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink"}

// encode writes what is sent for an object: with our labels and its namespace,
// without what belongs to the server. Only the maps on the way are copied.
func encode(object map[string]any, owner inventory.Owner, namespace string) ([]byte, error) {
	root := maps.Clone(object)
	delete(root, "status")
	metadata, err := clonedMap(root, "metadata")
	if err != nil {
		return nil, err
	}
	for _, field := range serverFields {
		delete(metadata, field)
	}
	if namespace != "" {
		metadata["namespace"] = namespace
	} else {
		delete(metadata, "namespace")
	}
	labels, err := clonedMap(metadata, "labels")
	if err != nil {
		return nil, fmt.Errorf("metadata.%w", err)
	}
	labels[inventory.LabelApplication] = owner.Application
	labels[inventory.LabelNamespace] = owner.Namespace
	if root["kind"] == "Secret" && root["apiVersion"] == "v1" {
		if err := foldStringData(root); err != nil {
			return nil, err
		}
	}
	return json.Marshal(root)
}

// clonedMap puts a copy of parent's map at key, or an empty one, and returns it.
func clonedMap(parent map[string]any, key string) (map[string]any, error) {
	switch held := parent[key].(type) {
	case nil:
		parent[key] = map[string]any{}
	case map[string]any:
		parent[key] = maps.Clone(held)
	default:
		return nil, fmt.Errorf("%s: want a map, found %T", key, held)
	}
	return parent[key].(map[string]any), nil
}

// foldStringData writes stringData as data: the API server forgets stringData,
// so that values removed from it would stay in the Secret for ever.
func foldStringData(secret map[string]any) error {
	if secret["stringData"] == nil {
		return nil
	}
	plain, err := clonedMap(secret, "stringData")
	if err != nil {
		return err
	}
	data, err := clonedMap(secret, "data")
	if err != nil {
		return err
	}
	for key, value := range plain {
		text, ok := value.(string)
		if !ok {
			return fmt.Errorf("stringData[%q]: want a string, found %T", key, value)
		}
		data[key] = base64.StdEncoding.EncodeToString([]byte(text))
	}
	delete(secret, "stringData")
	return nil
}

// digest of what is sent for an object.
func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
