package kernel

import "runtime"

// maxShards bounds the shards that a batch is cut into. It is a constant, and
// not the number of workers, because the order of partial sums follows it.
const maxShards = 16

// elementShard is the number of elements in one shard of an element-wise
// kernel: some ten microseconds of work, against one to start a goroutine.
const elementShard = 1 << 14

// Workers runs the shards of a kernel on several goroutines. It holds no
// state of a run, so kernels may share one. A nil *Workers runs serially.
type Workers struct{ n int }

// NewWorkers returns workers for up to n goroutines, the caller's included;
// n < 1 means GOMAXPROCS.
func NewWorkers(n int) *Workers {
	if n < 1 {
		n = runtime.GOMAXPROCS(0)
	}
	return &Workers{n: n}
}

// N returns the greatest number of goroutines that Run uses.
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
		for s := range shards {
			f(s)
		}
		return
	}
	w.runParallel(n, shards, f)
}

// runParallel is apart from Run so that its variables, which escape to the
// goroutines, cost a serial run no allocation.
func (w *Workers) runParallel(n, shards int, f func(shard int)) {
	j := &job{f: f, shards: int64(shards)}
	var team [maxShards]*helper
	hired := team[:0]
	for range min(n-1, maxShards) {
		h := hire()
		j.wg.Add(1)
		j.running.Add(1)
		h.give(j)
		hired = append(hired, h)
	}
	j.work()
	j.wait()
	for _, h := range hired {
		h.release()
	}
}

// cut returns the half-open range of shard s when n items are cut into
// contiguous shards whose sizes differ by at most one.
func cut(n, shards, s int) (lo, hi int) {
	return n * s / shards, n * (s + 1) / shards
}

// elementShards returns the number of shards for n independent elements.
func elementShards(n int) int { return ceilDiv(n, elementShard) }

// rowShards returns the number of shards for rows of cols elements each, when
// a row must stay in one piece.
func rowShards(rows, cols int) int {
	return min(rows, ceilDiv(rows*cols, elementShard))
}
