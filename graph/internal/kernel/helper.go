package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// job is a run of shards that several goroutines share.
type job struct {
	f       func(shard int)
	shards  int64
	next    atomic.Int64
	running atomic.Int64 // helpers that may still be at work
	wg      sync.WaitGroup
}

// work does shards until none is left.
func (j *job) work() {
	for {
		s := j.next.Add(1) - 1
		if s >= j.shards {
			return
		}
		j.f(int(s))
	}
}

// wait returns when all helpers are done.
func (j *job) wait() {
	if !spin(func() bool { return j.running.Load() == 0 }) {
		j.wg.Wait()
	}
}

// helper is a goroutine that does jobs. Between two it looks out for the next for a
// while before it goes to sleep: within a training step the next comes after some
// microseconds, and to wake a sleeping thread takes longer than many a job.
type helper struct {
	job    atomic.Pointer[job]
	asleep atomic.Bool
	wake   chan struct{}
}

// lookout is how long a helper looks out for a job, and a run for the last of its
// helpers, before it sleeps.
const lookout = 200 * time.Microsecond

// idle holds the helpers without a job. Each was hired once and stays.
var idle struct {
	sync.Mutex
	list []*helper
}

// hire takes an idle helper, or a new one.
func hire() *helper {
	idle.Lock()
	if n := len(idle.list); n > 0 {
		h := idle.list[n-1]
		idle.list = idle.list[:n-1]
		idle.Unlock()
		return h
	}
	idle.Unlock()
	h := &helper{wake: make(chan struct{}, 1)}
	go h.loop()
	return h
}

func (h *helper) release() {
	idle.Lock()
	idle.list = append(idle.list, h)
	idle.Unlock()
}

// give hands the helper a job; it must have none.
func (h *helper) give(j *job) {
	h.job.Store(j)
	if h.asleep.CompareAndSwap(true, false) {
		h.wake <- struct{}{}
	}
}

func (h *helper) loop() {
	for {
		j := h.await()
		h.job.Store(nil)
		j.work()
		// From here on the run may return, and another one hire this helper.
		j.running.Add(-1)
		j.wg.Done()
	}
}

// await returns the next job.
func (h *helper) await() *job {
	for {
		if spin(func() bool { return h.job.Load() != nil }) {
			return h.job.Load()
		}
		h.asleep.Store(true)
		// A job may have come before the helper was seen to be asleep. Whoever
		// clears the mark knows: if it was give, it has sent a wake-up.
		if h.job.Load() != nil && h.asleep.CompareAndSwap(true, false) {
			return h.job.Load()
		}
		<-h.wake
	}
}

// spin waits until ready, or until the lookout is over; it lets other goroutines run.
func spin(ready func() bool) bool {
	if ready() {
		return true
	}
	for start := time.Now(); time.Since(start) < lookout; {
		for range 20 {
			if ready() {
				return true
			}
		}
		runtime.Gosched()
	}
	return ready()
}
