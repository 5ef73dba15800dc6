package main

import (
	"fmt"
	"os"
	"regexp"
	"testing"
)

// TestGiveBack: what the start of this test has touched of its binary is let go,
// and the process goes on.
func TestGiveBack(t *testing.T) {
	binary := func() (kib int) {
		raw, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(`RssFile:\s+(\d+) kB`).FindSubmatch(raw)
		if found == nil {
			t.Fatalf("no RssFile in %s", raw)
		}
		if _, err := fmt.Sscan(string(found[1]), &kib); err != nil {
			t.Fatal(err)
		}
		return kib
	}
	before := binary()
	if err := giveBack(); err != nil {
		t.Fatal(err)
	}
	if after := binary(); after > before*2/3 {
		t.Errorf("%d KiB of the binary were in memory, and %d are", before, after)
	}
}
