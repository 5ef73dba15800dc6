package main

import (
	"os"
	"slices"
	"testing"
)

// TestGiveBack: what the start of this test has touched of its binary is let go,
// and the process goes on.
func TestGiveBack(t *testing.T) {
	binary := func() int {
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Fatal(err)
		}
		return fromFiles(string(status))
	}
	before := binary()
	if err := giveBack(); err != nil {
		t.Fatal(err)
	}
	if after := binary(); before == 0 || after > before*2/3 {
		t.Errorf("%d bytes of the binary were in memory, and %d are", before, after)
	}
}

func TestClean(t *testing.T) {
	const smaps = `00400000-00500000 r-xp 00000000 fd:00 42                                 /bin/agent
Rss:                1024 kB
Anonymous:             0 kB
AnonHugePages:         0 kB
VmFlags: rd ex mr mw me
00500000-00600000 r--p 00100000 fd:00 42                                 /bin/agent
Anonymous:             4 kB
00600000-00700000 rw-p 00200000 fd:00 42                                 /bin/agent
Anonymous:             0 kB
00700000-00800000 r--p 00000000 fd:00 43                                 /lib/libc.so
Anonymous:             0 kB
7ffd00000000-7ffd00010000 r--p 00000000 00:00 0
Anonymous:             0 kB
00800000-00900000 r--p 00300000 fd:00 42                                 /bin/agent
Anonymous:             0 kB
`
	want := []mapping{{0x400000, 0x500000}, {0x800000, 0x900000}}
	if got := clean(smaps, "/bin/agent"); !slices.Equal(got, want) {
		t.Errorf("clean found %x, want %x", got, want)
	}
}
