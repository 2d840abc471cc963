package kernel

import (
	"runtime"
	"slices"
)

// maxShards is the maximum number of shards of a batch. It does not depend on the
// number of workers, because the order of partial sums depends on it.
const maxShards = 16

// elementShard is the number of elements in one shard of an element-wise
// kernel: about ten microseconds of work. Starting a goroutine takes about one.
const elementShard = 1 << 14

// Workers runs the shards of kernels on several goroutines. Several kernels may
// share one. A nil *Workers runs serially.
type Workers struct {
	n     int
	burst burst // of calls of RunShort
}

// NewWorkers returns workers for up to n goroutines, the caller's included;
// n < 1 means GOMAXPROCS.
func NewWorkers(n int) *Workers {
	if n < 1 {
		n = runtime.GOMAXPROCS(0)
	}
	return &Workers{n: n}
}

// N returns the maximum number of goroutines that Run uses.
func (w *Workers) N() int {
	if w == nil {
		return 1
	}
	return w.n
}

// Run calls f(0) … f(shards-1), each once, and returns when all are done. The
// calls must not depend on each other. The caller's goroutine takes part.
func (w *Workers) Run(shards int, f func(shard int)) {
	n := min(w.N(), shards)
	if n <= 1 {
		runSerial(shards, f)
		return
	}
	var team [maxShards]*helper
	hired := team[:0]
	for range min(n-1, maxShards) {
		hired = append(hired, getHelper())
	}
	runWith(hired, shards, f)
}

// RunShort is Run for shards that together may take less time than waking a thread. It does not
// wake one unless calls of RunShort have followed each other without a pause for a while. So the
// evaluation of one image after a pause runs on one goroutine, and evaluations one after another
// use all.
func (w *Workers) RunShort(shards int, f func(shard int)) {
	n := min(w.N(), shards)
	if n <= 1 {
		runSerial(shards, f)
		return
	}
	if w.burst.enter() {
		w.Run(shards, f)
	} else {
		var team [maxShards]*helper
		runWith(awakeHelpers(team[:min(n-1, maxShards)]), shards, f)
	}
	w.burst.leave()
}

func runSerial(shards int, f func(shard int)) {
	for s := range shards {
		f(s)
	}
}

// runWith runs the shards on the caller's goroutine and the helpers, and releases these.
func runWith(hired []*helper, shards int, f func(shard int)) {
	if len(hired) == 0 {
		runSerial(shards, f)
		return
	}
	j := &job{f: f}
	n := len(hired) + 1
	j.share.set(shardRange(shards, n, 0))
	for i, h := range hired {
		h.share.set(shardRange(shards, n, i+1))
		h.next, j.team = j.team, h
	}
	for _, h := range hired {
		j.wg.Add(1)
		j.running.Add(1)
		h.start(j)
	}
	j.work(&j.share)
	for _, h := range hired {
		h.withdraw(j)
	}
	j.wait()
	for _, h := range slices.Backward(hired) { // so that the next job has its helpers in the same order
		h.release()
	}
}

// shardRange returns the half-open range of shard s when n items are cut into
// contiguous shards whose sizes differ by at most one.
func shardRange(n, shards, s int) (lo, hi int) {
	return n * s / shards, n * (s + 1) / shards
}

// elementShards returns the number of shards for n independent elements.
func elementShards(n int) int { return ceilDiv(n, elementShard) }

// rowShards returns the number of shards for rows of cols elements each, if no
// row may be divided.
func rowShards(rows, cols int) int {
	return min(rows, ceilDiv(rows*cols, elementShard))
}
