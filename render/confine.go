package render

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// exitMemory is how a worker ends that needed too much.
	exitMemory = 97
	// watchInterval bounds how far a worker gets beyond its limit.
	watchInterval = 10 * time.Millisecond
	// workerProcs is how many cores a worker may use.
	workerProcs = 2
)

// confine takes from this process what rendering does not need: opening files
// and sockets, starting processes, and memory beyond what it has now and the
// given bytes.
func confine(memory int64) error {
	runtime.GOMAXPROCS(min(workerProcs, runtime.NumCPU()))
	limit := memoryInUse() + memory
	debug.SetMemoryLimit(limit - memory/4)
	go watch(limit, os.Getppid())
	// The timer has made the runtime open what it needs for waiting.
	<-time.After(time.Millisecond)
	if err := lockDown(memory); err != nil {
		return fmt.Errorf("confine: %w", err)
	}
	return nil
}

// watch ends the process when it holds more than limit or is orphaned. It runs
// as long as the process does.
func watch(limit int64, parent int) {
	for range time.Tick(watchInterval) {
		if memoryInUse() > limit {
			os.Exit(exitMemory)
		}
		if os.Getppid() != parent {
			os.Exit(1)
		}
	}
}

// memoryInUse is what the Go runtime holds of the system's memory, in bytes.
func memoryInUse() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}
