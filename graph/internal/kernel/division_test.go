package kernel

import (
	"fmt"
	"testing"
)

// divideAll makes forward passes divide images into bands of any size during a test.
func divideAll(t *testing.T) {
	before := bandWork
	t.Cleanup(func() { bandWork = before })
	bandWork = 1
}

func TestDivisionCoversEachRowOnce(t *testing.T) {
	divideAll(t)
	for _, workers := range []int{1, 2, 3, 8, 40} {
		for _, images := range []int{1, 2, 5, 19} {
			for _, rows := range []int{1, 2, 7, 30} {
				for _, unit := range []int{1, 2, 4} {
					s := ConvShape{Window: square(32, 3, 3, 1), K: 4, Groups: 1}
					s.N = images
					f := newDivision(s, rows, unit, NewWorkers(workers))
					seen := make([]int, images*rows)
					for i := range f.count() {
						first, end, from, to := f.shard(i)
						if from%unit > 0 || to%unit > 0 && to != rows || f.bands > 1 && end != first+1 {
							t.Fatalf("%+v: shard %d has images %d to %d, rows %d to %d", f, i, first, end, from, to)
						}
						for n := first; n < end; n++ {
							for r := from; r < to; r++ {
								seen[n*rows+r]++
							}
						}
					}
					for i, n := range seen {
						if n != 1 {
							t.Fatalf("%+v: row %d is computed %d times", f, i, n)
						}
					}
					if images == 1 && f.count() != min(workers, maxShards, ceilDiv(rows, unit)) {
						t.Errorf("%+v: %d shards for %d workers", f, f.count(), workers)
					}
				}
			}
		}
	}
}

// A forward pass divides an image only if that pays, and only if there are fewer images than
// workers.
func TestDivisionNeedsWork(t *testing.T) {
	s := ConvShape{Window: square(14, 64, 3, 1), K: 64, Groups: 1} // 5.3 million multiply-adds
	for _, c := range []struct{ images, workers, want int }{{1, 1, 1}, {1, 2, 2}, {2, 2, 1}, {2, 3, 2}, {1, 8, 8}, {16, 64, 1}} {
		s.N = c.images
		if f := newDivision(s, s.OutH(), 1, NewWorkers(c.workers)); f.bands != c.want {
			t.Errorf("%d images, %d workers: %d bands, want %d", c.images, c.workers, f.bands, c.want)
		}
	}
	s.N, s.C, s.K = 1, 8, 8
	if f := newDivision(s, s.OutH(), 1, NewWorkers(2)); f.bands != 1 {
		t.Errorf("a small convolution has %d bands, want 1", f.bands)
	}
}

// bandCases are convolutions of one to three images for each algorithm, with odd sizes.
func bandCases() []convCase {
	r := newRand(11)
	var cases []convCase
	for i, q := range fusedCases() {
		q.conv.N = 1 + i%3
		if q.f.Pool != nil {
			q.f.Pool.N = q.conv.N
		}
		cases = append(cases, q)
	}
	for _, w := range windows {
		for _, g := range []int{1, 2} {
			s := ConvShape{w, 12, g}
			if s.N = min(s.N, 3); s.Check() == nil {
				cases = append(cases, convCase{s, Fusion{ReLU: true, Winograd: true}})
			}
		}
	}
	for _, k := range []int{1, 3} { // strips of pixels, within a row and not
		for _, pad := range []int{0, k / 2} {
			s := ConvShape{square(13, 5, k, 1), 3, 1}
			s.N, s.PadTop, s.PadRight = 1, pad, pad
			cases = append(cases, convCase{s, Fusion{ReLU: true}})
		}
	}
	for range 10 {
		cases = append(cases, convCase{randomDepthwise(r), Fusion{}})
	}
	for _, size := range []int{1, 5, 14, 23} { // tiles of Winograd's algorithm that fit, and that do not
		for _, k := range []int{3, 5} {
			s := ConvShape{square(size, 16, k, 1), 32, 1}
			s.N, s.PadTop, s.PadBottom, s.PadLeft, s.PadRight = 1, k/2, k/2, k/2, k/2
			cases = append(cases, convCase{s, Fusion{Winograd: true}})
		}
	}
	return cases
}

// The bands of an image have the bits of the whole, on every path and for each algorithm, also
// with a sum.
func TestForwardBandsSameBits(t *testing.T) {
	divideAll(t)
	onEachPath(t, func(t *testing.T) {
		for i, q := range bandCases() {
			testBands[float32](t, uint64(i), q.conv, q.f)
			testBands[float64](t, uint64(i), q.conv, q.f)
		}
	})
}

func testBands[T Float](t *testing.T, seed uint64, s ConvShape, f Fusion) {
	t.Helper()
	var want [3][]T
	for _, n := range workerCounts {
		r := newRand(seed)
		x, w, bias := sparse[T](r, s.inputLen(), 0.3), normal[T](r, s.weightLen()), normal[T](r, s.K)
		add, dy := normal[T](r, s.outputLen()), normal[T](r, s.outputLen())
		c, err := NewConv[T](s, f, NewWorkers(n))
		must(t, err)
		got := [3][]T{poison[T](c.OutputLen()), poison[T](c.OutputLen()), poison[T](len(x))}
		must(t, c.Forward(got[0], x, w, bias))
		must(t, c.Backward(got[2], nil, nil, dy[:c.OutputLen()], got[0], nil, w)) // reads the positions of the maxima
		sum := f.Pool == nil
		if !sum {
			add = nil
		}
		inference, err := NewInferenceConv[T](s, f, sum, NewWorkers(n))
		must(t, err)
		must(t, inference.SetWeights(w, bias))
		must(t, inference.Forward(got[1], x, add))
		if n == 1 {
			want = got
		}
		for i, name := range []string{"y", "y of the inference kernel", "dx"} {
			mustSameBits(t, fmt.Sprintf("%s K%d %+v: %s", s.testName(), s.K, f, name), got[i], want[i])
		}
	}
}

func TestForwardBandsDoNotAllocate(t *testing.T) {
	// A nil *Workers has no goroutines, so the bands are set by hand.
	for _, s := range []ConvShape{{square(12, 16, 3, 1), 16, 1}, {square(12, 16, 3, 1), 16, 16}} {
		s.N = 1
		c, err := NewConv[float32](s, Fusion{Winograd: true}, nil)
		must(t, err)
		switch a := c.algorithm.(type) {
		case *conv32:
			a.division.bands = 2
			a.errs = make([]error, 2)
		case *depthwise[float32]:
			a.division.bands = 2
			a.errs = make([]error, 2)
		}
		x, w, y := make([]float32, s.inputLen()), make([]float32, s.weightLen()), make([]float32, s.outputLen())
		mustNotAllocate(t, "Forward", func() error { return c.Forward(y, x, w, nil) })
	}
}
