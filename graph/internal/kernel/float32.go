package kernel

import (
	"sync"

	"inkstone/graph/internal/kernel/simd"
)

// as32 returns s as []float32, or nil if T is float64.
func as32[T Float](s []T) []float32 {
	v, _ := any(s).([]float32)
	return v
}

// fast tells whether kernels of T run on the assembly of package simd.
func fast[T Float]() bool {
	var zero T
	_, single := any(zero).(float32)
	return single && simd.Path() != simd.Portable
}

// stash keeps scratch memory that shards take and give back. The last one given back is
// taken first: a worker goes on with memory that is in its cache.
type stash[S any] struct {
	mu    sync.Mutex
	free  []S
	fresh func() S
}

func (p *stash[S]) take() S {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		s := p.free[n-1]
		p.free = p.free[:n-1]
		return s
	}
	return p.fresh()
}

func (p *stash[S]) give(s S) {
	p.mu.Lock()
	p.free = append(p.free, s)
	p.mu.Unlock()
}
