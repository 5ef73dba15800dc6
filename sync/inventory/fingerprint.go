package inventory

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// ManagedFields returns our entry of an object's managed fields: what the
// server knows that we applied and nobody took since.
func ManagedFields(entries []metav1.ManagedFieldsEntry) (metav1.ManagedFieldsEntry, bool) {
	for i := range entries {
		e := &entries[i]
		if e.Manager == Manager && e.Operation == metav1.ManagedFieldsOperationApply && e.Subresource == "" {
			return *e, e.FieldsV1 != nil
		}
	}
	return metav1.ManagedFieldsEntry{}, false
}

// Fingerprint says in some twenty bytes what our managed fields were and when
// we last changed anything: the digest of the field set, "@" and the time. It is
// empty when we manage nothing of the object. The field set shrinks when a
// foreign hand takes or removes a field of ours, the time only moves by our own
// applies.
func Fingerprint(entries []metav1.ManagedFieldsEntry) string {
	ours, ok := ManagedFields(entries)
	if !ok {
		return ""
	}
	var applied int64
	if ours.Time != nil {
		applied = ours.Time.Unix()
	}
	return FieldsDigest(ours.FieldsV1.GetRawBytes()) + "@" + strconv.FormatInt(applied, 36)
}

// SameFields tells whether two fingerprints are of the same field set, whenever
// it was applied.
func SameFields(a, b string) bool {
	a, _, _ = strings.Cut(a, "@")
	b, _, _ = strings.Cut(b, "@")
	return a == b
}

// FieldsDigest is a short digest of a raw field set (FieldsV1). It is the same
// whether the set came as JSON or as protobuf.
func FieldsDigest(raw []byte) string {
	// JSON responses escape <, > and &; protobuf ones hold what the server wrote.
	if bytes.Contains(raw, []byte(`\u`)) || bytes.ContainsAny(raw, "<>&") {
		raw = canonical(raw)
	}
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// canonical is the set as the server itself writes it, or the set as it came
// when it cannot be read: a fingerprint of its own, hence drift to look at.
func canonical(raw []byte) []byte {
	var set fieldpath.Set
	if err := set.FromJSON(bytes.NewReader(raw)); err != nil {
		return raw
	}
	out, err := set.ToJSON()
	if err != nil {
		return raw
	}
	return out
}
