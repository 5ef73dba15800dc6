package drift

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spotguide/spotguide/sync/inventory"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// object boils a sighting down; old is what was known before, or nil.
func (h *shared) object(s *sighting, old *object) *object {
	owner := inventory.OwnerOf(s.Labels)
	now := &object{
		owner:   inventory.Owner{Namespace: h.intern(owner.Namespace), Application: h.intern(owner.Application)},
		uid:     strings.Clone(string(s.UID)),
		version: strings.Clone(s.ResourceVersion),
		fields:  inventory.Fingerprint(s.ManagedFields),
		health:  h.intern(s.health),
		message: strings.Clone(s.message),
	}
	ours, managed := inventory.ManagedFields(s.ManagedFields)
	if managed {
		now.set = h.hold(ours.FieldsV1.GetRawBytes())
	}
	var foreign []metav1.ManagedFieldsEntry
	for _, entry := range s.ManagedFields {
		if entry.Subresource != "status" && !(entry.Manager == inventory.Manager && entry.Operation == metav1.ManagedFieldsOperationApply) {
			foreign = append(foreign, entry)
			now.foreign = append(now.foreign, handOf(entry))
		}
	}
	if old != nil {
		h.compare(old, now, foreign)
	}
	return now
}

// compare notes what foreign hands took since we last applied. Our own applies
// move the time in the fingerprint, foreign hands cannot.
func (h *shared) compare(old, now *object, foreign []metav1.ManagedFieldsEntry) {
	switch {
	case now.fields == old.fields:
		now.lost, now.takers = old.lost, old.takers
	case now.set != nil && applied(now.fields) != applied(old.fields):
		// Applied again: nothing is lost.
	case old.set != nil:
		var after []byte
		if now.set != nil {
			after = now.set.raw
		}
		fields, takers := lost(old.set.raw, after, foreign)
		now.lost = append(slices.Clone(old.lost), fields...)
		now.takers = append(takers, old.takers...)
		if len(takers) == 0 {
			now.takers = append(newer(now.foreign, old.foreign), old.takers...)
		}
	}
}

// newer are the hands that touched the object since.
func newer(now, old []Hand) []Hand {
	var hands []Hand
	for _, hand := range now {
		if !slices.Contains(old, hand) {
			hands = append(hands, hand)
		}
	}
	return hands
}

// applied is the time in a fingerprint.
func applied(fields string) int64 {
	_, at, _ := strings.Cut(fields, "@")
	n, err := strconv.ParseInt(at, 36, 64)
	if err != nil {
		return 0
	}
	return n
}
