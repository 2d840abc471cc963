package direct

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"inkstone/graph/internal/kernel/simd"
	"inkstone/internal/longtest"
)

// rounding is the tolerance of sums of a few thousand products of order 1.
const rounding = 5e-4

func normal(r *rand.Rand, n int, zeros float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		if r.Float64() >= zeros {
			x[i] = float32(r.NormFloat64())
		}
	}
	return x
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustClose(t *testing.T, name string, got []float32, want []float64) {
	t.Helper()
	for i, w := range want {
		if !(math.Abs(float64(got[i])-w) <= rounding*max(1, math.Abs(w))) {
			t.Fatalf("%s[%d] = %v, want %v", name, i, got[i], w)
		}
	}
}

// naive holds a convolution and its gradients, computed by their definitions.
type naive struct{ y, dx, dw, db []float64 }

func reference(s Shape, x, w, bias, dy []float32) naive {
	n := naive{make([]float64, s.outputLen()), make([]float64, s.imageLen()), make([]float64, s.weightLen()), make([]float64, s.K)}
	cg, kg := s.C/s.Groups, s.K/s.Groups
	for i := range s.outH() {
		for j := range s.outW() {
			for k := range s.K {
				at := (i*s.outW()+j)*s.K + k
				n.y[at] = float64(bias[k])
				n.db[k] += float64(dy[at])
				for u := range s.KH {
					for v := range s.KW {
						iy, ix := i*s.StrideH+u*s.DilationH-s.PadTop, j*s.StrideW+v*s.DilationW-s.PadLeft
						if iy < 0 || iy >= s.H || ix < 0 || ix >= s.W {
							continue
						}
						for c := range cg {
							xi, wi := (iy*s.W+ix)*s.C+k/kg*cg+c, ((u*s.KW+v)*cg+c)*s.K+k
							n.y[at] += float64(x[xi]) * float64(w[wi])
							n.dx[xi] += float64(dy[at]) * float64(w[wi])
							n.dw[wi] += float64(dy[at]) * float64(x[xi])
						}
					}
				}
			}
		}
	}
	return n
}

func randomShape(r *rand.Rand) Shape {
	s := Shape{H: 1 + r.IntN(14), W: 1 + r.IntN(14), C: 1 + r.IntN(40), K: 4 + r.IntN(40), Groups: 1,
		KH: 1 + r.IntN(5), KW: 1 + r.IntN(5), StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1}
	if r.IntN(2) == 0 {
		s.KW = s.KH
	}
	if r.IntN(3) == 0 {
		s.C = 1 + r.IntN(3)
	}
	if r.IntN(4) == 0 { // fit for strips
		s.K = 1 + r.IntN(5)
	}
	if r.IntN(3) == 0 { // fit for Winograd's algorithm
		k := []int{3, 3, 5}[r.IntN(3)]
		s.KH, s.KW, s.C, s.K = k, k, 16*(1+r.IntN(2)), 16*(1+r.IntN(3))
	}
	if r.IntN(2) == 0 {
		s.PadTop, s.PadBottom, s.PadLeft, s.PadRight = r.IntN(3), r.IntN(3), r.IntN(3), r.IntN(3)
	}
	if r.IntN(3) == 0 {
		s.StrideH, s.StrideW = 1+r.IntN(3), 1+r.IntN(3)
	}
	if r.IntN(6) == 0 {
		s.DilationH, s.DilationW = 1+r.IntN(2), 1+r.IntN(2)
	}
	if r.IntN(6) == 0 {
		s.Groups = 2
		s.C, s.K = 2*s.C, 2*s.K
	}
	return s
}

// serial is a Runner.
func serial(shares int, f func(share int)) {
	for share := range shares {
		f(share)
	}
}

func onEachPath(t *testing.T, f func(t *testing.T)) {
	before := simd.Path()
	defer simd.SetPath(before)
	for _, name := range simd.Paths() {
		must(t, simd.SetPath(name))
		t.Run(name, f)
	}
}

func TestConvAgainstReference(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		listed, pooled, single, strips, winograd, winogradGrad, winogradWeight := 0, 0, 0, 0, 0, 0, 0
		for try := 0; try < longtest.Cases(40, 120); try++ {
			s := randomShape(r)
			if s.paddedH() < s.DilationH*(s.KH-1)+1 || s.paddedW() < s.DilationW*(s.KW-1)+1 {
				continue
			}
			g := s.Pixels()
			if r.IntN(2) == 0 { // pooled, with windows that may overlap or leave gaps
				g.PH, g.PW = 1+r.IntN(min(3, s.outH())), 1+r.IntN(min(3, s.outW()))
				if r.IntN(2) == 0 {
					g.PH, g.PW = min(2, s.outH()), min(2, s.outW())
				}
				g.StepH, g.StepW = max(1, g.PH-1+r.IntN(2)), max(1, g.PW-1+r.IntN(2))
				if r.IntN(4) == 0 { // single pixels with others between them
					g.PH, g.PW, g.StepH, g.StepW = 1, 1, 1+r.IntN(3), 1+r.IntN(3)
				}
				g.H, g.W = (s.outH()-g.PH)/g.StepH+1, (s.outW()-g.PW)/g.StepW+1
			}
			allowed := r.IntN(3) > 0
			c, err := New(s, g, Options{Winograd: allowed, Images: 16})
			must(t, err)
			if c.lists {
				listed++
			}
			zeros := []float64{0, 0.05, 0.6, 1}[r.IntN(4)]
			w, bias := normal(r, s.weightLen(), 0), normal(r, s.K, 0)
			scratch, packed := c.NewScratch(), &Packed{}
			parts := []*Partial{c.NewPartial(), c.NewPartial()}
			dw, db := make([]float32, s.weightLen()), make([]float32, s.K)
			name := fmt.Sprintf("%+v %+v zeros %g Winograd %v ", s, g, zeros, allowed)
			for range 2 { // the second time with scratch memory that has been used
				wantW := make([]float64, len(dw))
				must(t, c.Pack(packed, w, serial))
				for _, part := range parts {
					part.Reset()
					for range 2 {
						images := 1 + r.IntN(3)
						var x, grad []float32
						var arg []uint8
						var want naive
						for range images {
							x1, grad1 := normal(r, s.imageLen(), 0.2), normal(r, g.H*g.W*s.K, zeros)
							dy := grad1
							if g.pooled() {
								pooled++
								if g.PH*g.PW == 1 {
									single++
								}
								dy = make([]float32, s.outputLen())
								for e, v := range grad1 {
									pos := r.IntN(g.PH * g.PW)
									arg = append(arg, uint8(pos))
									cell := e / s.K
									y, x := cell/g.W*g.StepH+pos/g.PW, cell%g.W*g.StepW+pos%g.PW
									dy[(y*s.outW()+x)*s.K+e%s.K] += v
								}
							}
							want1 := reference(s, x1, w, bias, dy)
							want.y, want.dx = append(want.y, want1.y...), append(want.dx, want1.dx...)
							for i, v := range want1.dw {
								wantW[i] += v
							}
							x, grad = append(x, x1...), append(grad, grad1...)
						}
						relu := r.IntN(2) == 0
						if relu {
							for i, v := range want.y {
								want.y[i] = max(v, 0)
							}
						}
						y := make([]float32, len(want.y))
						for i := range images {
							must(t, c.Forward(scratch, y[i*s.outputLen():][:s.outputLen()], x[i*s.imageLen():][:s.imageLen()], w, bias, relu, Rows{}))
						}
						mustClose(t, name+"y", y, want.y)
						if c.HasStrips() {
							strips++
							u, direct := &Packed{}, slices.Clone(y)
							must(t, c.PackStrips(u, w))
							for i := range images {
								must(t, c.ForwardStrips(scratch, y[i*s.outputLen():][:s.outputLen()], x[i*s.imageLen():][:s.imageLen()], u, w, bias, relu, Rows{}))
							}
							if !slices.Equal(y, direct) {
								t.Errorf("%sy in strips differs from y pixel by pixel", name)
							}
						}
						if c.HasWinograd() {
							winograd++
							clear(y)
							u := &Packed{}
							must(t, c.PackWinograd(u, w, serial))
							must(t, c.ForwardWinograd(scratch, y, x, u, bias, relu, Rows{}))
							mustClose(t, name+"winograd y", y, want.y)
						}
						must(t, scratch.SetGradient(grad, arg))
						dx := make([]float32, len(want.dx))
						for i := range dx {
							dx[i] = float32(math.NaN())
						}
						if r.IntN(3) > 0 {
							must(t, c.InputGradient(dx, scratch, packed))
							if len(packed.freq) > 0 && scratch.gradient.dense {
								winogradGrad++
							}
							mustClose(t, name+"dx", dx, want.dx)
						}
						must(t, c.AddWeightGradient(part, scratch, x))
						if part.hasFreq {
							winogradWeight++
						}
					}
					must(t, c.FinishWeightGradient(part, scratch))
				}
				for share := range 3 {
					must(t, c.AddParts(parts, share, 3))
				}
				must(t, c.Reduce(dw, db, parts))
				mustClose(t, name+"dw", dw, wantW)
			}
		}
		if least := longtest.Cases(1, 3); listed < 15*least || pooled < 15*least || single < 3*least || strips < 3*least || winograd < 3*least || winogradGrad < least || winogradWeight < least {
			t.Errorf("%d shapes were listed, %d images pooled, %d with windows of one pixel, %d in strips, %d outputs, %d input gradients and %d weight gradients by Winograd, want at least %d times 15, 15, 3, 3, 3, 1 and 1",
				listed, pooled, single, strips, winograd, winogradGrad, winogradWeight, least)
		}
	})
}
