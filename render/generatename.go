package render

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// suffixLength of a generated name, and the longest that Kubernetes leaves before
// a suffix of its own.
const (
	suffixLength = 10
	maxPrefix    = 63 - suffixLength
)

// nameGenerated names the objects that ask for a generated name after their
// content: a Job that changes is a new one and runs again, one that does not is
// the one that is there.
func nameGenerated(objects []Object) error {
	for _, o := range objects {
		prefix := o.GetGenerateName()
		if o.GetName() != "" || prefix == "" {
			continue
		}
		content, err := json.Marshal(o.Object)
		if err != nil {
			return objectError(o, "encode: %w", err)
		}
		sum := sha256.Sum256(content)
		o.SetGenerateName("")
		o.SetName(fmt.Sprintf("%.*s%s", maxPrefix, prefix, hex.EncodeToString(sum[:])[:suffixLength]))
	}
	return nil
}
