package guide

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestWindowOpens(t *testing.T) {
	day := func(text string) time.Time {
		at, err := time.Parse("2006-01-02 15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	hour := metav1.Duration{Duration: time.Hour}
	sunday := Window{Schedule: "0 2 * * 0", TimeZone: "Europe/Vienna", Duration: hour}
	for name, tt := range map[string]struct {
		window Window
		now    string
		open   bool
		until  string
	}{
		"before":                  {sunday, "2026-01-04 00:59", false, "2026-01-04 01:00"},
		"at its opening":          {sunday, "2026-01-04 01:00", true, "2026-01-04 02:00"},
		"just before its end":     {sunday, "2026-01-04 01:59", true, "2026-01-04 02:00"},
		"at its end":              {sunday, "2026-01-04 02:00", false, "2026-01-11 01:00"},
		"in summer":               {sunday, "2026-07-05 00:30", true, "2026-07-05 01:00"},
		"clock put forward on it": {sunday, "2026-03-29 01:30", false, "2026-04-05 00:00"},
		"always open":             {Window{Schedule: "0 * * * *", Duration: hour}, "2026-01-01 10:30", true, "2026-01-01 11:00"},
		"openings that overlap":   {Window{Schedule: "*/10 * * * *", Duration: hour}, "2026-01-01 10:35", true, "2026-01-01 11:30"},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := tt.window.Hours()
			if err != nil {
				t.Fatal(err)
			}
			open, until := h.At(day(tt.now))
			if open != tt.open || !until.Equal(day(tt.until)) {
				t.Errorf("open %t until %s, want %t until %s", open, until, tt.open, tt.until)
			}
		})
	}
}
