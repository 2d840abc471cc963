package simd

import (
	"fmt"
	"testing"
)

// patchShapes are the windows that some path has a kernel for.
var patchShapes = []patchShape{
	{1, 1, 1, 1}, {1, 2, 1, 1}, {1, 3, 1, 1}, {1, 4, 1, 1}, {1, 5, 1, 1}, {1, 6, 1, 1}, {1, 7, 1, 1},
	{2, 2, 1, 1}, {2, 3, 1, 1}, {2, 5, 1, 1}, {2, 7, 1, 1}, {2, 1, 1, 1}, {3, 1, 1, 1}, {5, 1, 1, 1}, {3, 3, 1, 1}, {3, 5, 1, 1}, {3, 7, 1, 1},
	{5, 5, 1, 1}, {3, 6, 1, 1}, {1, 12, 1, 1}, {2, 12, 1, 1}, {3, 3, 1, 2}, {3, 3, 2, 2}, {5, 5, 1, 2},
}

func TestPatchAgainstReference(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 5)
		tried := 0
		for i, w := range append(patchShapes, patchShapes...) {
			l := Lanes()
			if i >= len(patchShapes) {
				l = HalfLanes()
			}
			if !HasPatch(l, w.R, w.S, w.P, w.Q) {
				continue
			}
			tried++
			for range 10 {
				k, err := NewPatch(l, w.R, w.S, w.P, w.Q)
				must(t, err)
				n, skip := 1+s.IntN(4), s.IntN(3)
				positions := w.P * w.Q
				rows, room := (skip+n)*positions, 1+s.IntN(20)
				srcRow, step, dstRow, dstCol := s.IntN(200), s.IntN(100), s.IntN(150), l*(1+s.IntN(2))
				width := span(w.S+w.Q-1, dstCol, l)
				dst := s.normal(span(n, step, span(w.R+w.P-1, dstRow, width)))
				limit := 0
				o, err := NewOffsets(room, func(int) int { v := s.IntN(500); limit = max(limit, v); return v })
				must(t, err)
				src := s.normal(limit + span(w.R, srcRow, w.S*l))
				val := s.sparse(rows*room, 0.4)
				lists, err := NewLists(rows, rows*room)
				must(t, err)
				must(t, lists.Set(rows, room, val, room, o, nil, 0))
				want := float64s(dst)
				for row := skip; row < skip+n*positions; row++ {
					patch, pos := (row-skip)/positions, (row-skip)%positions
					to := patch*step + pos/w.Q*dstRow + pos%w.Q*dstCol
					for e, v := range val[row*room:][:room] {
						for r := range w.R {
							for c := range w.S * l {
								want[to+r*dstRow+c/l*dstCol+c%l] += float64(v) * float64(src[int(o.off[e])+r*srcRow+c])
							}
						}
					}
				}
				if n*w.R > 1 && dstRow < width {
					continue // rows of one patch must not overlap
				}
				must(t, k.Run(dst, dstRow, dstCol, step, src, srcRow, lists, skip, n))
				mustClose(t, fmt.Sprintf("%+v dst", w), dst, want, rounding)

				mustFail(t, k.Run(dst[:len(dst)-1], dstRow, dstCol, step, src, srcRow, lists, skip, n), "patch", "dst")
				mustFail(t, k.Run(dst, dstRow, dstCol, step, src[:len(src)-1], srcRow, lists, skip, n), "patch", "src")
				mustFail(t, k.Run(dst, dstRow, dstCol, step, src, srcRow, lists, skip+1+rows, n), "patch", "lists")
			}
		}
		if tried < 15 {
			t.Errorf("%d shapes have a kernel, want at least 15", tried)
		}
	})
}

// entry is one element of a list, for comparisons.
type entry struct {
	off int32
	val float32
}

func (l *Lists) row(i int) []entry {
	var e []entry
	for j := l.start[i]; j < l.start[i]+l.cnt[i]; j++ {
		e = append(e, entry{l.off[j], l.val[j]})
	}
	return e
}

func TestListsHoldTheNonZeros(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		s := newSource(t, 6)
		for range 200 {
			rows, n, positions := s.size(20), s.size(80), 1+s.IntN(9)
			stride := n + s.IntN(4)
			val := s.sparse(span(rows, stride, n), s.Float64())
			arg := fenced[uint8](t, len(val), s.IntN(2) == 0)
			for i := range arg {
				arg[i] = uint8(s.IntN(positions))
			}
			o, err := NewOffsets(n, func(i int) int { return 3 * i })
			must(t, err)
			table, err := NewOffsets(positions, func(i int) int { return 1000 * i })
			must(t, err)
			shifts := NewShifts(len(val))
			must(t, shifts.Set(arg, table))

			plain, err := NewLists(rows, rows*n)
			must(t, err)
			must(t, plain.Set(rows, n, val, stride, o, nil, 0))
			shifted, err := NewLists(rows, rows*n)
			must(t, err)
			must(t, shifted.Set(rows, n, val, stride, o, shifts, 0))
			from := s.IntN(positions)
			at, err := NewLists(rows*(positions-from), rows*n)
			must(t, err)
			must(t, at.SetAt(rows, n, val, arg, stride, o, from, positions-from))

			for r := range rows {
				var want, wantShifted []entry
				wantAt := make([][]entry, positions)
				for i, v := range val[r*stride:][:n] {
					if v == 0 {
						continue
					}
					p := arg[r*stride+i]
					want = append(want, entry{int32(3 * i), v})
					wantShifted = append(wantShifted, entry{int32(3*i) + 1000*int32(p), v})
					wantAt[p] = append(wantAt[p], entry{int32(3 * i), v})
				}
				mustEqual(t, "plain", plain.row(r), want)
				mustEqual(t, "shifted", shifted.row(r), wantShifted)
				for p := range positions - from {
					mustEqual(t, "at position", at.row(r*(positions-from)+p), wantAt[from+p])
				}
			}
		}
	})
}

func mustEqual(t *testing.T, name string, got, want []entry) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%s list:\n got %v\nwant %v", name, got, want)
	}
}

func TestListBounds(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		o, err := NewOffsets(5, func(i int) int { return i })
		must(t, err)
		l, err := NewLists(4, 20)
		must(t, err)
		val, arg := make([]float32, 20), make([]uint8, 20)
		must(t, l.Set(4, 5, val, 5, o, nil, 0))
		mustFail(t, l.Set(5, 4, val, 4, o, nil, 0), "rows has 4", "at least 5")
		mustFail(t, l.Set(4, 5, val[:19], 5, o, nil, 0), "values has 19")
		mustFail(t, l.Set(2, 6, val, 6, o, nil, 0), "offsets has 5")
		mustFail(t, l.Set(4, 5, val, 5, o, NewShifts(19), 0), "shifts has 19")
		mustFail(t, l.SetAt(4, 5, val, arg[:19], 5, o, 0, 1), "arg has 19")
		mustFail(t, l.SetAt(4, 5, val, arg, 5, o, 0, 2), "rows has 4", "at least 8")
		_, err = NewOffsets(2, func(i int) int { return -i })
		mustFail(t, err, "number 1 is -1")
	})
}

// The sparse work of the second convolution of the preset cnn: an eighth of its gradient is not zero.
func BenchmarkPatch(b *testing.B) {
	const size, out, chunk = 26, 24, 36
	benchEachPath(b, func(b *testing.B) {
		s := newSource(b, 7)
		l := Lanes()
		src, dst := s.normal(64*9*l), s.normal(size*size*l)
		o, err := NewOffsets(64, func(i int) int { return i * 9 * l })
		must(b, err)
		lists, err := NewLists(out*out, out*out*64)
		must(b, err)
		must(b, lists.Set(out*out, 64, s.sparse(out*out*64, 0.875), 64, o, nil, 0))
		k, err := NewPatch(l, 3, 3, 1, 1)
		must(b, err)
		for b.Loop() {
			for r := range out {
				must(b, k.Run(dst[r*size*l:], size*l, l, l, src, 3*l, lists, r*out, out))
			}
		}
		gflops(b, float64(2*lists.Len()*9*l))
	})
}
