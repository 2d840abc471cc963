package kernel

import (
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestWorkersRunEachShardOnce(t *testing.T) {
	for _, n := range workerCounts {
		for _, shards := range []int{0, 1, 2, 7, 100} {
			calls := make([]atomic.Int32, shards)
			w := NewWorkers(n)
			for runs, run := range []func(int, func(int)){w.Run, w.RunShort, w.RunShort} {
				run(shards, func(s int) { calls[s].Add(1) })
				for s := range calls {
					if got := calls[s].Load(); int(got) != runs+1 {
						t.Errorf("%d workers: shard %d of %d ran %d times in %d runs", n, s, shards, got, runs+1)
					}
				}
			}
		}
	}
}

func TestWorkersRunAtOnce(t *testing.T) {
	// Each shard waits for the other, so this ends only if both run at the same time.
	meet := make(chan int)
	NewWorkers(2).Run(2, func(s int) {
		if s == 0 {
			meet <- 1
		} else {
			<-meet
		}
	})
}

// A goroutine runs the same part of the shards in each job, if no other is faster.
func TestWorkersKeepTheirShards(t *testing.T) {
	var before [3]string
	w := NewWorkers(3)
	for run := range 20 {
		var ran [9]string
		var begun sync.WaitGroup
		begun.Add(3)
		w.Run(9, func(s int) {
			stack := make([]byte, 64)
			ran[s] = strings.Fields(string(stack[:runtime.Stack(stack, false)]))[1] // "goroutine 7 [running]: ..."
			if s%3 == 0 {                                                           // the first shard of each goroutine
				begun.Done()
				begun.Wait()
			}
		})
		first := [3]string{ran[0], ran[3], ran[6]}
		if first[0] == first[1] || first[1] == first[2] || first[0] == first[2] {
			t.Fatalf("goroutines %v ran the shards 0, 3 and 6, want different ones", first)
		}
		if run > 0 && first != before {
			t.Errorf("goroutines %v ran the shards 0, 3 and 6, and %v in the job before", first, before)
		}
		before = first
	}
}

// TestShare checks the order in which a share gives out its shards.
func TestShare(t *testing.T) {
	var s share
	s.set(2, 6)
	var got []int
	for _, take := range []func() (int, bool){s.first, s.last, s.first, s.first, s.last} {
		n, ok := take()
		if !ok {
			n = -1
		}
		got = append(got, n)
	}
	if want := []int{2, 5, 3, 4, -1}; !slices.Equal(got, want) {
		t.Errorf("shards %v, want %v", got, want)
	}
}

// A burst lasts until there is a pause, and helpers are woken only once it has lasted for burstTime.
func TestBurst(t *testing.T) {
	var b burst
	start := time.Now()
	if b.enter() {
		t.Error("the first call wakes helpers")
	}
	b.leave()
	for !b.enter() { // the process may be stopped now and again, which begins another burst
		b.leave()
		if time.Since(start) > 10*time.Second {
			t.Fatal("no burst in 10 seconds")
		}
	}
	b.leave()
	if d := time.Since(start); d < burstTime {
		t.Errorf("a burst of %v wakes helpers, expected one of %v", d, burstTime)
	}
	time.Sleep(2 * spinTime)
	if b.enter() {
		t.Error("a call after a pause wakes helpers")
	}
}

func TestNilWorkersRunInOrder(t *testing.T) {
	var w *Workers
	var order []int
	w.Run(4, func(s int) { order = append(order, s) })
	if w.N() != 1 || !slices.Equal(order, []int{0, 1, 2, 3}) {
		t.Errorf("N = %d, order %v; want 1, [0 1 2 3]", w.N(), order)
	}
}

func TestNewWorkersDefault(t *testing.T) {
	for _, n := range []int{0, -3} {
		if got := NewWorkers(n).N(); got != runtime.GOMAXPROCS(0) {
			t.Errorf("NewWorkers(%d).N() = %d, want GOMAXPROCS %d", n, got, runtime.GOMAXPROCS(0))
		}
	}
}

func TestCutCoversAll(t *testing.T) {
	for _, n := range []int{0, 1, 5, 16, 17, 1000} {
		for _, shards := range []int{1, 3, 16} {
			next := 0
			for s := range shards {
				lo, hi := shardRange(n, shards, s)
				if lo != next || hi < lo || hi-lo > ceilDiv(n, shards) {
					t.Fatalf("shardRange(%d, %d, %d) = [%d, %d), previous ended at %d", n, shards, s, lo, hi, next)
				}
				next = hi
			}
			if next != n {
				t.Fatalf("shardRange(%d, %d) ends at %d", n, shards, next)
			}
		}
	}
}

// No shard is lost and no Run blocks, whether several run at the same time or one after
// another with pauses in which the helpers fall asleep.
func TestWorkersShareHelpers(t *testing.T) {
	var sum atomic.Int64
	done := make(chan bool)
	for range 4 {
		go func() {
			w := NewWorkers(3)
			for i := range 200 {
				run := w.Run
				if i%3 == 0 {
					run = w.RunShort
				}
				run(7, func(s int) { sum.Add(int64(s)) })
				if i%50 == 0 {
					time.Sleep(2 * spinTime)
				}
			}
			done <- true
		}()
	}
	for range 4 {
		<-done
	}
	if want := int64(4 * 200 * 21); sum.Load() != want {
		t.Errorf("the shards add up to %d, want %d", sum.Load(), want)
	}
}
