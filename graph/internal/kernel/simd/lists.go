package simd

import (
	"fmt"
	"unsafe"
)

// Lists holds rows of entries. An entry is a value that is not zero and an offset. Only
// this package writes offsets, so kernels need not check each of them.
type Lists struct {
	off   []int32
	val   []float32
	cnt   []int32 // entries of each row
	start []int32 // where each row starts in off and val
	rows  int
	limit int // maximum offset
}

// maxLanes is the number of lanes of the widest vector of any path. Kernels write whole
// vectors, so a list needs room for this many entries after its last one.
const maxLanes = 16

// NewLists returns lists with room for a number of rows and for a number of entries in all
// rows together.
func NewLists(rows, entries int) (*Lists, error) {
	if err := checkSizes("lists", rows, entries); err != nil {
		return nil, err
	}
	return &Lists{
		off: make([]int32, entries+maxLanes), val: make([]float32, entries+maxLanes),
		cnt: make([]int32, rows), start: make([]int32, rows+1),
	}, nil
}

// Rows returns the number of rows.
func (l *Lists) Rows() int { return l.rows }

// Len returns the number of entries in all rows.
func (l *Lists) Len() int { return int(l.start[l.rows]) }

// Offsets gives the offset of each column of a matrix that [Lists.Set] lists.
type Offsets struct {
	off    []int32
	limits []int32         // limits[i] is the maximum of off[:i+1]
	zero   []int32         // zeros, used as shifts if there are none
	window [maxLanes]int32 // off, padded with its last entry
}

// NewOffsets returns n offsets, the i-th f(i).
func NewOffsets(n int, f func(i int) int) (*Offsets, error) {
	if err := checkSizes("offsets", n); err != nil {
		return nil, err
	}
	o := &Offsets{off: make([]int32, n), limits: make([]int32, n), zero: make([]int32, n)}
	for i := range o.off {
		v := f(i)
		if v < 0 || v > maxSize {
			return nil, fmt.Errorf("simd: offsets: number %d is %d, expected 0 to %d", i, v, maxSize)
		}
		o.off[i] = int32(v)
		o.limits[i] = max(o.limits[max(i-1, 0)], o.off[i])
	}
	for i := range o.window {
		o.window[i] = o.off[min(i, n-1)]
	}
	return o, nil
}

// limit returns the maximum of the first n offsets.
func (o *Offsets) limit(n int) int { return int(o.limits[n-1]) }

// Shifts holds a number for each element of a matrix, which is added to its offset.
type Shifts struct {
	shift []int32
	limit int
}

// NewShifts returns n shifts of zero.
func NewShifts(n int) *Shifts { return &Shifts{shift: make([]int32, n)} }

// Set sets each shift i to the offset arg[i] of the table, or to its last offset if arg[i] is
// beyond the table.
func (s *Shifts) Set(arg []uint8, table *Offsets) error {
	if err := checkLen("shifts", "arg", len(arg), len(s.shift)); err != nil {
		return err
	}
	s.limit = table.limit(len(table.off))
	n := 0
	// The kernel keeps the table in one vector.
	if active.lookup != nil && len(table.off) <= active.lanes {
		if vectors := len(arg) / active.lanes; vectors > 0 {
			active.lookup(vectors, &s.shift[0], &arg[0], &table.window[0])
			n = vectors * active.lanes
		}
	}
	for i := n; i < len(arg); i++ {
		s.shift[i] = table.off[min(int(arg[i]), len(table.off)-1)]
	}
	return nil
}

// Transpose makes s the transpose of the rows by cols matrix t.
func (s *Shifts) Transpose(t *Shifts, rows, cols int) error {
	if err := firstError(checkSizes("shifts", rows, cols), checkLen("shifts", "source", len(t.shift), rows*cols),
		checkLen("shifts", "target", len(s.shift), rows*cols)); err != nil {
		return err
	}
	s.limit = t.limit
	return Transpose(bitsAsFloats(s.shift), rows, bitsAsFloats(t.shift), cols, rows, cols)
}

// checkInput checks that the values and the offsets suffice for rows of n values, stride
// apart, and empties the lists.
func (l *Lists) checkInput(rows, n, stride, values int, o *Offsets) error {
	l.rows = 0
	return firstError(
		checkSizes("lists", rows, n),
		checkStrides("lists", stride),
		checkAtLeast("lists", "values", values, span(rows, stride, n)),
		checkAtLeast("lists", "offsets", len(o.off), n),
	)
}

// checkRoom checks that there is room for a number of lists and entries.
func (l *Lists) checkRoom(lists, entries int) error {
	return firstError(checkAtLeast("lists", "rows", len(l.cnt), lists), checkAtLeast("lists", "entries", len(l.off)-maxLanes, entries))
}

// finish computes where each row starts.
func (l *Lists) finish(rows, limit int) {
	at := int32(0)
	for i, c := range l.cnt[:rows] {
		l.start[i] = at
		at += c
	}
	l.start[rows] = at
	l.rows, l.limit = rows, limit
}

// Set lists, row by row, the values of a matrix that are not zero. Rows have n values
// and lie stride apart; the first begins at val[0]. The offset of value i of a row is
// offset i of o plus, if shifts is not nil, the shift of the same element. The first
// row of shifts begins at index shift.
func (l *Lists) Set(rows, n int, val []float32, stride int, o *Offsets, shifts *Shifts, shift int) error {
	if err := firstError(l.checkInput(rows, n, stride, len(val), o), l.checkRoom(rows, rows*n), checkStrides("lists", shift)); err != nil {
		return err
	}
	plus, plusStride, limit := o.zero, 0, o.limit(n)
	if shifts != nil {
		if err := checkAtLeast("lists", "shifts", len(shifts.shift), shift+span(rows, stride, n)); err != nil {
			return err
		}
		plus, plusStride, limit = shifts.shift[shift:], stride, o.limit(n)+shifts.limit
	}
	if active.compact != nil {
		active.compact(rows, n, &val[0], &plus[0], stride, plusStride, &o.off[0], &permutations[0][0], &l.off[0], &l.val[0], &l.cnt[0])
		l.finish(rows, limit)
		return nil
	}
	at := 0
	for r := range rows {
		begin := at
		for i, v := range val[r*stride:][:n] {
			if v != 0 {
				l.off[at], l.val[at] = o.off[i]+plus[r*plusStride+i], v
				at++
			}
		}
		l.cnt[r] = int32(at - begin)
	}
	l.finish(rows, limit)
	return nil
}

// SetAt is like Set for a gradient after max-pooling, where arg gives the position of
// each value in its window. Row r of the matrix becomes the lists r·positions+p for p
// from 0 to positions-1, which hold the values whose arg is from+p.
func (l *Lists) SetAt(rows, n int, val []float32, arg []uint8, stride int, o *Offsets, from, positions int) error {
	if err := firstError(l.checkInput(rows, n, stride, len(val), o), checkSizes("lists", from+1, positions), l.checkRoom(rows*positions, rows*n),
		checkAtLeast("lists", "arg", len(arg), span(rows, stride, n))); err != nil {
		return err
	}
	if active.compactAt != nil {
		active.compactAt(rows, n, &val[0], &arg[0], stride, &o.off[0], from, positions, &permutations[0][0], &l.off[0], &l.val[0], &l.cnt[0])
		l.finish(rows*positions, o.limit(n))
		return nil
	}
	at := 0
	for r := range rows {
		for p := range positions {
			begin := at
			for i, v := range val[r*stride:][:n] {
				if v != 0 && int(arg[r*stride+i]) == from+p {
					l.off[at], l.val[at] = o.off[i], v
					at++
				}
			}
			l.cnt[r*positions+p] = int32(at - begin)
		}
	}
	l.finish(rows*positions, o.limit(n))
	return nil
}

// permutations gives, for each set of the eight lanes of a vector, the permutation that
// moves the lanes of the set to the front. AVX2 has no instruction for that.
var permutations = func() (t [256][8]int32) {
	for set := range t {
		n := 0
		for lane := range int32(8) {
			if set>>lane&1 == 1 {
				t[set][n] = lane
				n++
			}
		}
	}
	return t
}()

// bitsAsFloats views integers as floats of the same bits, for kernels that only move them.
func bitsAsFloats(s []int32) []float32 {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&s[0])), len(s))
}
