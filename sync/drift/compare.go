package drift

import (
	"strconv"

	"github.com/spotguide/spotguide/sync/inventory"
)

// Compare reports which of the applied objects drifted. seen is Watcher.Get: it
// says false for objects of which nothing is known, and those are not reported.
// Neither is an object that was last seen before our own last apply.
func Compare(entries []inventory.Entry, seen func(inventory.Ref) (Seen, bool)) []Report {
	var reports []Report
	for _, entry := range entries {
		s, known := seen(entry.Ref)
		if !known || s.Before(entry) {
			continue
		}
		switch {
		case s.Deleted:
			reports = append(reports, Report{Ref: entry.Ref, Kind: Deleted, Mode: entry.Drift})
		case !inventory.SameFields(s.Fields, entry.Fields):
			reports = append(reports, Report{Ref: entry.Ref, Kind: Changed, Mode: entry.Drift, Hands: hands(s), Fields: s.Lost})
		}
	}
	return reports
}

// Before tells that the object was last seen before our own last apply of it, so
// that what was seen says nothing about what was applied.
func (s Seen) Before(entry inventory.Entry) bool {
	return older(s.ResourceVersion, entry.ResourceVersion)
}

// hands are those who were seen to take fields of ours, or else, when it happened
// before the watch began, those who touched the object last.
func hands(s Seen) []Hand {
	if len(s.Takers) > 0 {
		return s.Takers
	}
	var latest []Hand
	for _, hand := range s.Foreign {
		switch {
		case len(latest) == 0 || hand.Time.After(latest[0].Time):
			latest = []Hand{hand}
		case hand.Time.Equal(latest[0].Time):
			latest = append(latest, hand)
		}
	}
	if len(latest) > 0 && latest[0].Time.Unix() < applied(s.Fields) {
		return nil // they were there before we last applied
	}
	return latest
}

// older compares resource versions of one kind. One that is not a number says
// nothing, so it is not older.
func older(a, b string) bool {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	return errX == nil && errY == nil && x < y
}
