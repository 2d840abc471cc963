package kernel

import (
	"math"
	"sync"
	"sync/atomic"
)

// job is a number of shards that several goroutines run. Each goroutine has a share of neighboring
// shards, which is the same part of the batch in all jobs. So it finds in its caches what it has
// written in the job before.
type job struct {
	f       func(shard int)
	share   share        // of the caller
	team    *helper      // the first helper
	running atomic.Int64 // helpers that have not finished
	wg      sync.WaitGroup
}

// work runs the shards of a goroutine's own share, then those that others have not begun.
func (j *job) work(own *share) {
	for s, ok := own.first(); ok; s, ok = own.first() {
		j.f(s)
	}
	j.takeOver(&j.share)
	for h := j.team; h != nil; h = h.next {
		j.takeOver(&h.share)
	}
}

func (j *job) takeOver(other *share) {
	for s, ok := other.last(); ok; s, ok = other.last() {
		j.f(s)
	}
}

// share is a range of shards. Its goroutine takes them from the start, and others from the end.
type share struct{ bounds atomic.Uint64 } // the first shard, and in the upper half the end

func (s *share) set(first, end int) { s.bounds.Store(uint64(end)<<32 | uint64(first)) }

func (s *share) first() (int, bool) { return s.take(1, 0) }

func (s *share) last() (int, bool) { return s.take(0, 1) }

// take removes front shards at the start or back shards at the end, one in all, and returns its number.
func (s *share) take(front, back uint64) (int, bool) {
	for {
		b := s.bounds.Load()
		first, end := b&math.MaxUint32, b>>32
		if first >= end {
			return 0, false
		}
		if s.bounds.CompareAndSwap(b, (end-back)<<32|(first+front)) {
			if back > 0 {
				return int(end - 1), true
			}
			return int(first), true
		}
	}
}

// wait returns when all helpers have finished.
func (j *job) wait() {
	if !spinUntil(func() bool { return j.running.Load() == 0 }) {
		j.wg.Wait()
	}
}
