package drift

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spotguide/spotguide/sync/inventory"
)

func TestCompare(t *testing.T) {
	ref := inventory.Ref{Version: "v1", Kind: "ConfigMap", Namespace: "ns", Name: "a"}
	entry := inventory.Entry{Ref: ref, Fields: "abc@10", ResourceVersion: "100", Drift: "warn"}
	early, late := Hand{Manager: "helm", Time: time.Unix(10, 0)}, Hand{Manager: "edit", Time: time.Unix(2000, 0)}
	changed := []Report{{Ref: ref, Kind: Changed, Mode: "warn"}}
	by := func(hands ...Hand) []Report { return []Report{{Ref: ref, Kind: Changed, Mode: "warn", Hands: hands}} }
	cases := map[string]struct {
		seen    Seen
		unknown bool
		want    []Report
	}{
		"untouched":                        {seen: Seen{Fields: "abc@10", ResourceVersion: "100"}},
		"status moved":                     {seen: Seen{Fields: "abc@10", ResourceVersion: "120"}},
		"applied by another pass":          {seen: Seen{Fields: "abc@11", ResourceVersion: "120"}},
		"nothing known":                    {unknown: true},
		"changed":                          {seen: Seen{Fields: "xyz@10", ResourceVersion: "101"}, want: changed},
		"changed before our apply":         {seen: Seen{Fields: "xyz@10", ResourceVersion: "99"}},
		"numbers, not strings":             {seen: Seen{Fields: "xyz@10", ResourceVersion: "99999"}, want: changed},
		"all fields taken":                 {seen: Seen{Fields: "", ResourceVersion: "101"}, want: changed},
		"deleted":                          {seen: Seen{Deleted: true, ResourceVersion: "101"}, want: []Report{{Ref: ref, Kind: Deleted, Mode: "warn"}}},
		"not yet created for the watch":    {seen: Seen{Deleted: true, ResourceVersion: "99"}},
		"taken by":                         {seen: Seen{Fields: "x@10", ResourceVersion: "101", Takers: []Hand{late}, Foreign: []Hand{early, late}}, want: by(late)},
		"taken unseen":                     {seen: Seen{Fields: "x@10", ResourceVersion: "101", Foreign: []Hand{early, late}}, want: by(late)},
		"foreign before our apply, unseen": {seen: Seen{Fields: "x@zz", ResourceVersion: "101", Foreign: []Hand{early}}, want: changed},
		"a version that is not a number":   {seen: Seen{Fields: "xyz@10", ResourceVersion: "abc"}, want: changed},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := Compare([]inventory.Entry{entry}, func(inventory.Ref) (Seen, bool) { return c.seen, !c.unknown })
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
