package analyze

import (
	"sync"
	"time"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

const (
	// marks are kept of a partition; of the older ones every second goes when there
	// are more.
	marks = 64
	// ebb is how long what nobody asks for is remembered.
	ebb = time.Hour
)

// tides remember when the ends of clusters' partitions were where.
type tides struct {
	mu sync.Mutex
	of map[application]map[plan.ID]*tide
}

// tide is how the end of one partition has risen. Its marks rise in time and offset.
type tide struct {
	marks []mark
	asked time.Time
}

type mark struct {
	at  time.Time
	end int64
}

// waits notes where the ends are now, and returns for how long the oldest record that
// was not consumed has waited; negative while that is not known.
func (t *tides) waits(now time.Time, of application, consumed map[plan.ID]admin.Position) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of[of] == nil {
		t.of[of] = map[plan.ID]*tide{}
	}
	longest, known := time.Duration(0), true
	for id, p := range consumed {
		one := t.of[of][id]
		if one == nil {
			one = &tide{}
			t.of[of][id] = one
		}
		one.rise(now, p.End)
		waits := one.since(now, p)
		longest, known = max(longest, waits), known && waits >= 0
	}
	t.forget(now)
	if !known {
		return -1
	}
	return longest
}

// rise notes where the end is.
func (t *tide) rise(now time.Time, end int64) {
	t.asked = now
	n := len(t.marks)
	switch {
	case n > 0 && end < t.marks[n-1].end:
		t.marks = nil // made anew, or cut off
	case n > 1 && end == t.marks[n-1].end && end == t.marks[n-2].end:
		t.marks[n-1].at = now // it stands still
		return
	}
	t.marks = append(t.marks, mark{now, end})
	if len(t.marks) > marks {
		t.thin()
	}
}

// thin takes every second of the older half away, but not the oldest.
func (t *tide) thin() {
	var left []mark
	for i, m := range t.marks {
		if i%2 == 0 || i > marks/2 {
			left = append(left, m)
		}
	}
	t.marks = left
}

// since is for how long the next record to be consumed has been there, which is
// between the marks around it, or before them at the speed that they show.
func (t *tide) since(now time.Time, p admin.Position) time.Duration {
	if p.Lag() == 0 {
		return 0
	}
	first, last := t.marks[0], t.marks[len(t.marks)-1]
	if p.Next < first.end {
		rise := last.end - first.end
		switch {
		case !last.at.After(first.at):
			return -1
		case rise == 0:
			return now.Sub(first.at) // for longer, by nobody knows how much
		}
		before := time.Duration(float64(last.at.Sub(first.at)) * float64(first.end-p.Next) / float64(rise))
		return now.Sub(first.at) + max(0, before)
	}
	for i := 1; i < len(t.marks); i++ {
		below, above := t.marks[i-1], t.marks[i]
		if p.Next < above.end {
			into := float64(p.Next-below.end) / float64(above.end-below.end)
			return now.Sub(below.at) - time.Duration(into*float64(above.at.Sub(below.at)))
		}
	}
	return 0
}

// forget drops what nobody has asked for lately.
func (t *tides) forget(now time.Time) {
	for of, all := range t.of {
		for id, one := range all {
			if now.Sub(one.asked) > ebb {
				delete(all, id)
			}
		}
		if len(all) == 0 {
			delete(t.of, of)
		}
	}
}
