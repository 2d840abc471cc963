package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// helper is a goroutine that runs jobs. Between two jobs it spins for a while before it
// sleeps: during a training step the next job comes after some microseconds, and waking
// a sleeping thread often takes longer than a job.
type helper struct {
	job    atomic.Pointer[job]
	asleep atomic.Bool
	wake   chan struct{}
	share  share   // of the job
	next   *helper // of the same job
}

// spinTime is how long a helper waits for a job, and Workers.Run for its helpers, by spinning
// before they sleep.
const spinTime = 200 * time.Microsecond

// burstTime is the time that a burst must have lasted before a call wakes helpers.
const burstTime = 500 * time.Microsecond

// burst is a sequence of calls without a pause of spinTime, after which helpers sleep. Goroutines
// that use it at the same time belong to one burst.
type burst struct{ began, ended atomic.Int64 } // the first and the last call, in nanoseconds

// enter begins a call and reports whether the burst has lasted for burstTime.
func (b *burst) enter() bool {
	now := time.Now().UnixNano()
	if now-b.ended.Load() > int64(spinTime) {
		b.began.Store(now)
	}
	return now-b.began.Load() > int64(burstTime)
}

func (b *burst) leave() { b.ended.Store(time.Now().UnixNano()) }

// idle holds the helpers without a job. Helpers never end.
var idle struct {
	sync.Mutex
	list []*helper
}

// getHelper returns an idle helper, or a new one.
func getHelper() *helper {
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

// awakeHelpers returns idle helpers that do not sleep, as many as fit into list.
func awakeHelpers(list []*helper) []*helper {
	idle.Lock()
	defer idle.Unlock()
	n := 0
	for n < len(list) && len(idle.list) > 0 {
		h := idle.list[len(idle.list)-1] // the last one that was released
		if h.asleep.Load() {
			break
		}
		idle.list = idle.list[:len(idle.list)-1]
		list[n] = h
		n++
	}
	return list[:n]
}

// release returns the helper to the idle ones.
func (h *helper) release() {
	idle.Lock()
	idle.list = append(idle.list, h)
	idle.Unlock()
}

// start gives the helper a job. It must have none.
func (h *helper) start(j *job) {
	h.job.Store(j)
	if h.asleep.CompareAndSwap(true, false) {
		h.wake <- struct{}{}
	}
}

// withdraw takes a job back that the helper has not begun, so that its caller need not wait for a
// thread to wake.
func (h *helper) withdraw(j *job) {
	if h.job.CompareAndSwap(j, nil) {
		j.running.Add(-1)
		j.wg.Done()
	}
}

func (h *helper) loop() {
	for {
		j := h.await()
		j.work(&h.share)
		// From here on Run may return, and another Run may get this helper.
		j.running.Add(-1)
		j.wg.Done()
	}
}

// await takes the next job.
func (h *helper) await() *job {
	for {
		if spinUntil(func() bool { return h.job.Load() != nil }) {
			if j := h.job.Swap(nil); j != nil { // not withdrawn meanwhile
				return j
			}
			continue
		}
		h.asleep.Store(true)
		// A job may have been stored before asleep was set. If start has cleared
		// asleep, it also sends to wake; if this goroutine clears it, start does not.
		if h.job.Load() != nil && h.asleep.CompareAndSwap(true, false) {
			continue
		}
		<-h.wake
	}
}

// spinUntil waits until ready returns true or spinTime has passed, and returns ready().
// Other goroutines run in between.
func spinUntil(ready func() bool) bool {
	if ready() {
		return true
	}
	for start := time.Now(); time.Since(start) < spinTime; {
		for range 20 {
			if ready() {
				return true
			}
		}
		runtime.Gosched()
	}
	return ready()
}
