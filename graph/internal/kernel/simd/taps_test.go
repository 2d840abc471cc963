package simd

import "testing"

func TestTapsAgainstReference(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 14)
		for range 200 {
			p := &Taps{Rows: 1 + s.IntN(4), Pixels: s.size(20), Channels: s.size(70), Off: make([]int, 1+s.IntN(10))}
			p.StepY = p.Channels + s.IntN(9)
			p.RowY = p.Pixels*p.StepY + s.IntN(9)
			p.StepX, p.RowX = s.IntN(100), s.IntN(200)
			reach := 0
			for i := range p.Off {
				p.Off[i] = s.IntN(300)
				reach = max(reach, p.Off[i])
			}
			n := p.Channels
			y := s.poison(span(p.Rows, p.RowY, span(p.Pixels, p.StepY, n)))
			x := s.normal(span(p.Rows, p.RowX, span(p.Pixels, p.StepX, reach+n)))
			w, bias, dy := s.normal(len(p.Off)*n), s.normal(n), s.normal(len(y))
			dw := s.copied(w)

			wantY, wantW := float64s(y), float64s(w)
			for i := range p.Rows {
				for j := range p.Pixels {
					for c := range n {
						at := i*p.RowY + j*p.StepY + c
						wantY[at] = float64(bias[c])
						for k, off := range p.Off {
							v := float64(x[i*p.RowX+j*p.StepX+off+c])
							wantY[at] += v * float64(w[k*n+c])
							wantW[k*n+c] += v * float64(dy[at])
						}
					}
				}
			}
			must(t, p.Sums(y, x, w, bias))
			mustClose(t, "sums", y, wantY, rounding)
			must(t, p.Products(dw, dy, x))
			mustClose(t, "products", dw, wantW, rounding)

			mustFail(t, p.Sums(y[1:], x, w, bias), "tap sums", "y has")
			mustFail(t, p.Sums(y, x[1:], w, bias), "x has")
			mustFail(t, p.Sums(y, x, w[1:], bias), "w has")
			mustFail(t, p.Sums(y, x, w, bias[1:]), "bias has")
			mustFail(t, p.Products(dw, dy, x[1:]), "tap products", "x has")
		}
		mustFail(t, (&Taps{Rows: 1, Pixels: 1, Channels: 1}).Sums(nil, nil, nil, nil), "tap sums", "sizes [1 1 1 0]")
		mustFail(t, (&Taps{Rows: 1, Pixels: 1, Channels: 1, Off: []int{-1}}).Sums(nil, nil, nil, nil), "strides [-1]")
	})
}
