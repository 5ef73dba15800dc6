package inventory

import (
	"encoding/json"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func entry(manager string, operation metav1.ManagedFieldsOperationType, subresource, fields string, at int64) metav1.ManagedFieldsEntry {
	when := metav1.NewTime(time.Unix(at, 0))
	return metav1.ManagedFieldsEntry{
		Manager: manager, Operation: operation, Subresource: subresource, Time: &when, FieldsV1: metav1.NewFieldsV1(fields),
	}
}

func TestFingerprint(t *testing.T) {
	ours := entry("spotguide", "Apply", "", `{"f:data":{"f:a":{}}}`, 100)
	base := Fingerprint([]metav1.ManagedFieldsEntry{ours})
	cases := map[string]struct {
		entries           []metav1.ManagedFieldsEntry
		same, sameButTime bool
	}{
		"with others": {entries: []metav1.ManagedFieldsEntry{
			entry("kubectl", "Update", "", `{"f:data":{"f:b":{}}}`, 200), entry("spotguide", "Update", "", `{"f:x":{}}`, 1),
			entry("spotguide", "Apply", "status", `{"f:x":{}}`, 1), ours,
		}, same: true, sameButTime: true},
		"applied again": {entries: []metav1.ManagedFieldsEntry{entry("spotguide", "Apply", "", `{"f:data":{"f:a":{}}}`, 101)}, sameButTime: true},
		"a field less":  {entries: []metav1.ManagedFieldsEntry{entry("spotguide", "Apply", "", `{"f:data":{}}`, 100)}},
		"nothing of us": {entries: []metav1.ManagedFieldsEntry{entry("kubectl", "Apply", "", `{"f:data":{"f:a":{}}}`, 100)}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := Fingerprint(c.entries)
			if (got == base) != c.same || SameFields(got, base) != c.sameButTime {
				t.Errorf("%q against %q", got, base)
			}
		})
	}
	if got := Fingerprint(nil); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}

// A set is the same whether it came as protobuf or as JSON, which escapes.
func TestFieldsDigestIgnoresEscapes(t *testing.T) {
	raw := `{"f:spec":{"v:\"--a=<b>&c\"":{}}}`
	var compact struct{ F json.RawMessage }
	compact.F = json.RawMessage(raw)
	escaped, err := json.Marshal(compact)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(escaped, &compact); err != nil {
		t.Fatal(err)
	}
	if string(compact.F) == raw {
		t.Fatal("JSON did not escape: the test proves nothing")
	}
	if FieldsDigest([]byte(raw)) != FieldsDigest(compact.F) {
		t.Errorf("%s and %s differ", raw, compact.F)
	}
}
