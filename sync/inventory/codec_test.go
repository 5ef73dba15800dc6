package inventory

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEncodeDecode(t *testing.T) {
	small := Record{
		Revision: "main@sha1:0123456789012345678901234567890123456789",
		Pending:  []Ref{{Group: "apps", Version: "v1", Kind: "Deployment", Namespace: "ns", Name: "web"}, {Version: "v1", Kind: "Namespace", Name: "ns"}},
		Committed: []Entry{
			{Ref: Ref{Version: "v1", Kind: "ConfigMap", Namespace: "ns", Name: "a.b"}, Digest: "dig", Fields: "f@1", ResourceVersion: "12", Keep: true, Drift: "warn"},
			{Ref: Ref{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "ClusterRole", Name: "system:a:b"}, Digest: "x"},
		},
	}
	large := Record{Revision: "r"}
	for i := range 5000 {
		large.Committed = append(large.Committed, Entry{
			Ref:    Ref{Group: "apps", Version: "v1", Kind: "Deployment", Namespace: "namespace", Name: fmt.Sprintf("application-%d", i)},
			Digest: strings.Repeat(fmt.Sprint(i), 4), Fields: "AbCdEfGhIjKl@t5abcd", ResourceVersion: fmt.Sprint(100000 + i*7),
		})
	}
	for name, record := range map[string]Record{"empty": {}, "small": small, "large": large} {
		t.Run(name, func(t *testing.T) {
			encoded, err := Encode(record)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Decode(encoded)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(record, got); diff != "" {
				t.Errorf("(-want +got):\n%.2000s", diff)
			}
			if len(encoded) > 300_000 {
				t.Errorf("%d objects take %d bytes", len(record.Committed), len(encoded))
			}
		})
	}
}

// Reading what an earlier version wrote: this form must be read for ever.
func TestStoredForm(t *testing.T) {
	want := `{"revision":"r","pending":["apps/v1 Deployment ns/web"],"committed":[{"object":"v1 Secret ns/s","fields":"f@1","rv":"7","keep":true}]}`
	record := Record{
		Revision: "r",
		Pending:  []Ref{{Group: "apps", Version: "v1", Kind: "Deployment", Namespace: "ns", Name: "web"}},
		Committed: []Entry{{Ref: Ref{Version: "v1", Kind: "Secret", Namespace: "ns", Name: "s"},
			Digest: "a secret's digest stays in memory", Fields: "f@1", ResourceVersion: "7", Keep: true}},
	}
	got, err := Encode(record)
	if err != nil || got != want {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, damaged := range []string{
		"", "null and void", `{"pending":["web"]}`, `{"pending":["v1 Pod "]}`, `{"committed":[{"object":"v1  x"}]}`,
		`{"committed":[{"digest":"no object"}]}`, `{"pending":7}`, "gzip:", "gzip:!!", "gzip:aGVsbG8=",
	} {
		if record, err := Decode(damaged); err == nil {
			t.Errorf("%q is read as %+v", damaged, record)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"revision":"r","pending":["apps/v1 Deployment ns/web"]}`)
	f.Add("gzip:H4sIAAAAAAAA/6quBQQAAP//Q7+mowIAAAA=")
	f.Add(`{"committed":[{"object":"v1 Secret ns/s","fields":"f@1","rv":"7","keep":true}]}`)
	f.Fuzz(func(t *testing.T, s string) {
		record, err := Decode(s)
		if err != nil {
			return
		}
		encoded, err := Encode(record)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(encoded)
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		for i := range record.Committed {
			if record.Committed[i].Kind == "Secret" && record.Committed[i].Group == "" {
				record.Committed[i].Digest = ""
			}
		}
		if diff := cmp.Diff(record, again); diff != "" {
			t.Errorf("changes on the way:\n%s", diff)
		}
	})
}
