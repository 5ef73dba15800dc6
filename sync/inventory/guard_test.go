package inventory

import (
	"fmt"
	"strings"
	"testing"
)

func TestGuard(t *testing.T) {
	ref := func(i int) Ref { return Ref{Version: "v1", Kind: "ConfigMap", Name: fmt.Sprint(i)} }
	cases := []struct {
		committed, pending, kept int // objects owned; the kept ones come last and do not count
		desired                  int // the first of them
		held                     bool
	}{
		{committed: 0, desired: 0},
		{committed: 1, desired: 1},
		{committed: 1, desired: 0, held: true},
		{committed: 3, desired: 1},
		{committed: 3, desired: 0, held: true},
		{committed: 4, desired: 2},
		{committed: 4, desired: 1, held: true},
		{committed: 100, desired: 50},
		{committed: 100, desired: 49, held: true},
		{committed: 2, pending: 2, desired: 1, held: true},
		{pending: 2, desired: 0, held: true},
		{committed: 2, kept: 6, desired: 1},
		{kept: 6, desired: 0},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			var record Record
			var desired []Ref
			n := 0
			add := func() Ref {
				r := ref(n)
				if n < c.desired {
					r.Version = "v2" // another version is the same object
					desired = append(desired, r)
				}
				n++
				return ref(n - 1)
			}
			for range c.committed {
				record.Committed = append(record.Committed, Entry{Ref: add()})
			}
			for range c.pending {
				record.Pending = append(record.Pending, add())
			}
			for range c.kept {
				record.Committed = append(record.Committed, Entry{Ref: add(), Keep: true})
			}
			held := Guard(Owner{"ns", "app"}, record, desired)
			if (held != nil) != c.held {
				t.Errorf("held %v", held)
			}
			if held != nil && !strings.Contains(held.Error(), "ns/app") {
				t.Errorf("error %v", held)
			}
		})
	}
}
