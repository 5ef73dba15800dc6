package main

import "testing"

// What the documentation promises of the health loop, by far.
func TestLook(t *testing.T) {
	l, err := look(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(l)
	if l.rules < 10 || l.heap > 150<<20 {
		t.Errorf("%+v", l)
	}
}
