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

// hasAssembly reports whether T is float32 and the path in use has assembly.
func hasAssembly[T Float]() bool {
	var zero T
	_, single := any(zero).(float32)
	return single && simd.Path() != simd.Portable
}

// freeList keeps scratch memory for shards. get returns the memory that was put back last,
// which is most likely in the cache.
type freeList[S any] struct {
	mu    sync.Mutex
	free  []S
	fresh func() S
}

func (p *freeList[S]) get() S {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		s := p.free[n-1]
		p.free = p.free[:n-1]
		return s
	}
	return p.fresh()
}

func (p *freeList[S]) put(s S) {
	p.mu.Lock()
	p.free = append(p.free, s)
	p.mu.Unlock()
}
