package agent

// apart does work on a goroutine of its own and waits for it. Work needs a deep
// stack, which ends with it; the goroutines that wait for work, two an application,
// keep the small one that they began with. Work contains its own panics.
func apart(work func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	<-done
}
