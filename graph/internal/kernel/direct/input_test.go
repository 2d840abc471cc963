package direct

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// Pack makes only the weights that the input gradient reads: no dense weights for a gradient
// that always goes through lists, and no lists for grouped convolutions. Without them the
// input gradient is an error.
func TestPackOnlyWhatIsRead(t *testing.T) {
	base := square(12, 32, 3, 0, 16)
	strided, grouped := base, base
	strided.StrideH, strided.StrideW = 2, 2
	grouped.Groups = 2
	pooled := Grid{H: 5, W: 5, StepH: 2, StepW: 2, PH: 2, PW: 2}
	onEachPath(t, func(t *testing.T) {
		for _, q := range []struct {
			name                   string
			shape                  Shape
			grid                   Grid
			lists, dense, winograd bool
		}{
			{"plain", base, base.Pixels(), true, true, true},
			{"pooled", base, pooled, true, false, false},
			{"stride 2", strided, strided.Pixels(), true, true, false},
			{"pooled, 2 groups", grouped, pooled, false, true, false},
		} {
			c, err := New(q.shape, q.grid, Options{Winograd: true})
			must(t, err)
			w := &Packed{}
			must(t, c.Pack(w, normal(rand.New(rand.NewPCG(1, 1)), q.shape.weightLen(), 0), serial))
			if len(w.data) > 0 != q.lists || len(w.flipped) > 0 != q.dense || len(w.freq) > 0 != q.winograd {
				t.Errorf("%s: packed %d values for lists, %d for dense products, %d for Winograd's algorithm",
					q.name, len(w.data), len(w.flipped), len(w.freq))
			}
			scratch := c.NewScratch()
			grad := make([]float32, q.grid.H*q.grid.W*q.shape.K)
			must(t, scratch.SetGradient(grad, make([]uint8, len(grad))))
			err = c.InputGradient(make([]float32, q.shape.imageLen()), scratch, &Packed{})
			if err == nil || !strings.Contains(err.Error(), "packed weights") {
				t.Errorf("%s: weights that were not packed: error %v", q.name, err)
			}
		}
	})
}
