package kernel

import (
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

func TestWorkersRunEachShardOnce(t *testing.T) {
	for _, n := range workerCounts {
		for _, shards := range []int{0, 1, 2, 7, 100} {
			calls := make([]atomic.Int32, shards)
			NewWorkers(n).Run(shards, func(s int) { calls[s].Add(1) })
			for s := range calls {
				if got := calls[s].Load(); got != 1 {
					t.Errorf("%d workers: shard %d of %d ran %d times", n, s, shards, got)
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
				w.Run(7, func(s int) { sum.Add(int64(s)) })
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
