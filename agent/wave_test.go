package agent

import "testing"

func waker() *application { return &application{wake: newNudge()} }

// TestWaveOrdersPrunes: whoever prunes is the last, and is woken when it may.
func TestWaveOrdersPrunes(t *testing.T) {
	tenant := newNudge()
	w := newWave(3, tenant)
	a, b, c := waker(), waker(), waker()
	if w.last(a) || w.over() {
		t.Error("the first pass is the last")
	}
	w.passed(a, true)
	w.passed(b, true)
	if w.over() || len(tenant) != 0 {
		t.Error("two of three passes are all")
	}
	if !w.last(c) {
		t.Error("the others have passed, but c has to wait for itself")
	}
	w.passed(c, true)
	if !w.over() || len(tenant) != 1 || len(a.wake) != 1 {
		t.Errorf("after all passes: over %t, the tenant woken %d times, a %d times", w.over(), len(tenant), len(a.wake))
	}
	if len(b.wake) != 0 {
		t.Error("b was woken though it waited for nothing")
	}
	w.passed(a, true)
	if len(a.wake) != 1 || len(tenant) != 1 {
		t.Error("a pass that says nothing new wakes somebody")
	}
}

// TestWaveReplaces: what has gone stays until what is new has come up once, for
// that may be the same under another name.
func TestWaveReplaces(t *testing.T) {
	w := newWave(2, newNudge())
	gone, fresh := waker(), waker()
	if w.replaced(gone) {
		t.Error("it goes before the other has made a pass")
	}
	w.passed(gone, true)
	w.passed(fresh, false) // it failed
	<-gone.wake
	if w.replaced(gone) {
		t.Error("it goes although nothing has replaced it")
	}
	w.passed(fresh, true)
	select {
	case <-gone.wake:
	default:
		t.Fatal("it is not woken when the other has come up")
	}
	if !w.replaced(gone) {
		t.Error("it stays although the other has come up")
	}
}
