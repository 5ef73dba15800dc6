package drift

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// mostLost bounds how many lost fields are named.
const mostLost = 20

// lost lists the fields of the old set that the new one lacks, and which of the
// foreign managers hold any of them. Both are empty when a set cannot be read.
func lost(before, after []byte, foreign []metav1.ManagedFieldsEntry) (fields []string, takers []Hand) {
	old, ok := parseFields(before)
	if !ok {
		return nil, nil
	}
	left := new(fieldpath.Set)
	if len(after) > 0 {
		if left, ok = parseFields(after); !ok {
			return nil, nil
		}
	}
	gone := old.Difference(left)
	for path := range gone.Leaves().All() {
		if len(fields) == mostLost {
			break
		}
		fields = append(fields, path.String())
	}
	slices.Sort(fields)
	for _, entry := range foreign {
		if entry.FieldsV1 == nil {
			continue
		}
		theirs, ok := parseFields(entry.FieldsV1.GetRawBytes())
		if ok && !theirs.Intersection(gone).Empty() {
			takers = append(takers, handOf(entry))
		}
	}
	slices.SortFunc(takers, func(a, b Hand) int { return b.Time.Compare(a.Time) })
	return fields, takers
}

func parseFields(raw []byte) (*fieldpath.Set, bool) {
	set := new(fieldpath.Set)
	err := set.FromJSON(strings.NewReader(string(raw)))
	return set, err == nil
}

func handOf(entry metav1.ManagedFieldsEntry) Hand {
	hand := Hand{Manager: strings.Clone(entry.Manager), Operation: string(entry.Operation)}
	if entry.Time != nil {
		hand.Time = entry.Time.Time
	}
	return hand
}
