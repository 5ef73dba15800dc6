package sla

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/spotguides/guide"
)

func predicting(t *testing.T, days int32, zone string) *predictor {
	t.Helper()
	p, err := newPredictor(&guide.Prediction{Ahead: metav1.Duration{Duration: 10 * time.Minute}, Days: days, TimeZone: zone})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Hours are those of the zone, also over the night in which its clock changes and
// where it stands at a half.
func TestHoursOfAZone(t *testing.T) {
	for _, test := range []struct {
		zone, at, end string
		day           int64
		hour          int
	}{
		{"", "2026-03-28T23:59:59Z", "2026-03-29T00:00:00Z", 20540, 23},
		{"Europe/Vienna", "2026-03-28T08:20:00Z", "2026-03-28T09:00:00Z", 20540, 9},
		{"Europe/Vienna", "2026-03-29T08:20:00Z", "2026-03-29T09:00:00Z", 20541, 10},
		{"Europe/Vienna", "2026-03-28T23:10:00Z", "2026-03-29T00:00:00Z", 20541, 0},
		{"Asia/Kolkata", "2026-03-28T08:20:00Z", "2026-03-28T08:30:00Z", 20540, 13},
	} {
		at, err := time.Parse(time.RFC3339, test.at)
		if err != nil {
			t.Fatal(err)
		}
		day, hour, end := predicting(t, 7, test.zone).hour(at)
		if day != test.day || hour != test.hour || end.UTC().Format(time.RFC3339) != test.end {
			t.Errorf("%s %s is hour %d of day %d, until %s", test.at, test.zone, hour, day, end.UTC().Format(time.RFC3339))
		}
	}
}

// What is remembered stays small, comes back from JSON as it was, and is never
// changed in place: a State is a value.
func TestPastIsBoundedAndAValue(t *testing.T) {
	p, r := predicting(t, 7, ""), rand.New(rand.NewPCG(1, 1))
	var past []Past
	for now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); now.Before(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)); now = now.Add(7 * time.Minute) {
		before := slices.Clone(past)
		encoded, err := json.Marshal(past)
		if err != nil {
			t.Fatal(err)
		}
		past = p.remember(past, now, r.Int32N(1000))
		if after, _ := json.Marshal(before); string(after) != string(encoded) {
			t.Fatalf("at %s what was remembered before has changed", now)
		}
		if len(past) > 8 || len(encoded) > 1200 {
			t.Fatalf("%d days, %d bytes are remembered", len(past), len(encoded))
		}
	}
	encoded, err := json.Marshal(past)
	var back []Past
	if err == nil {
		err = json.Unmarshal(encoded, &back)
	}
	if diff := cmp.Diff(past, back); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestUsual(t *testing.T) {
	at := time.Date(2026, 1, 20, 9, 30, 0, 0, time.UTC)
	for _, test := range []struct {
		peaks []int32 // of the days before, the last one yesterday's
		want  int32
	}{
		{nil, 0},
		{[]int32{5}, 0},
		{[]int32{5, 9}, 5},
		{[]int32{5, -1, 9}, 5},
		{[]int32{1, 100, 7}, 7},
		{[]int32{90, 1, 1, 1, 1, 1, 1, 1}, 1}, // of eight days ago
		{[]int32{90, 90, 90, 90, 90, 1, 1}, 90},
	} {
		p := predicting(t, 7, "")
		var past []Past
		for i, peak := range test.peaks {
			if peak >= 0 {
				past = p.remember(past, at.AddDate(0, 0, i-len(test.peaks)), peak)
			}
		}
		if got := p.usual(past, at); got != test.want {
			t.Errorf("after %v it is %d, not %d", test.peaks, got, test.want)
		}
		if got := p.usual(past, at.Add(time.Hour)); got != 0 {
			t.Errorf("after %v it is %d an hour later", test.peaks, got)
		}
	}
}
