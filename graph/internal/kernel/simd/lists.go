package simd

import (
	"fmt"
	"unsafe"
)

// Lists holds rows of entries, each an offset and a value that is not zero. Only this
// package writes them, so that a kernel may trust the offsets.
type Lists struct {
	off   []int32
	val   []float32
	cnt   []int32 // entries of each row
	start []int32 // where each row starts in off and val
	rows  int
	limit int // greatest offset
}

// maxLanes is the widest vector of any path: what a list needs as room behind its end.
const maxLanes = 16

// NewLists returns lists with room for a number of rows and of entries in all of them.
func NewLists(rows, entries int) (*Lists, error) {
	if err := positive("lists", rows, entries); err != nil {
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

// Offsets are what entries of a list may point at.
type Offsets struct {
	off    []int32
	limits []int32         // the greatest of the first so many
	zero   []int32         // as many zeros, the shifts of a list that has none
	window [maxLanes]int32 // off, filled up with its last entry
}

// NewOffsets returns n offsets, the i-th f(i).
func NewOffsets(n int, f func(i int) int) (*Offsets, error) {
	if err := positive("offsets", n); err != nil {
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

// limit returns the greatest of the first n offsets.
func (o *Offsets) limit(n int) int { return int(o.limits[n-1]) }

// Shifts says how far each element of a matrix is from its usual offset.
type Shifts struct {
	shift []int32
	limit int
}

// NewShifts returns n shifts of zero.
func NewShifts(n int) *Shifts { return &Shifts{shift: make([]int32, n)} }

// Set makes each shift i the offset table[arg[i]]. Positions beyond the table count as its last.
func (s *Shifts) Set(arg []uint8, table *Offsets) error {
	if err := same("shifts", "arg", len(arg), len(s.shift)); err != nil {
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
	if err := first(positive("shifts", rows, cols), same("shifts", "source", len(t.shift), rows*cols),
		same("shifts", "target", len(s.shift), rows*cols)); err != nil {
		return err
	}
	s.limit = t.limit
	return Transpose(asFloats(s.shift), rows, asFloats(t.shift), cols, rows, cols)
}

// begin checks that rows of n values, stride apart, fit, and empties the lists.
func (l *Lists) begin(rows, n, stride, values int, o *Offsets) error {
	l.rows = 0
	return first(
		positive("lists", rows, n),
		strides("lists", stride),
		need("lists", "values", values, span(rows, stride, n)),
		need("lists", "offsets", len(o.off), n),
	)
}

func (l *Lists) room(lists, entries int) error {
	return first(need("lists", "rows", len(l.cnt), lists), need("lists", "entries", len(l.off)-maxLanes, entries))
}

// end fills in where each row starts.
func (l *Lists) end(rows, limit int) {
	at := int32(0)
	for i, c := range l.cnt[:rows] {
		l.start[i] = at
		at += c
	}
	l.start[rows] = at
	l.rows, l.limit = rows, limit
}

// Set lists, row by row, the values of a matrix that are not zero. Rows have n values
// and lie stride apart. Value i of a row has offset o[i] plus, if shifts is not nil,
// the shift of the same element; its first row starts at val[0] and at shift 0.
func (l *Lists) Set(rows, n int, val []float32, stride int, o *Offsets, shifts *Shifts, shift int) error {
	if err := first(l.begin(rows, n, stride, len(val), o), l.room(rows, rows*n), strides("lists", shift)); err != nil {
		return err
	}
	plus, plusStride, limit := o.zero, 0, o.limit(n)
	if shifts != nil {
		if err := need("lists", "shifts", len(shifts.shift), shift+span(rows, stride, n)); err != nil {
			return err
		}
		plus, plusStride, limit = shifts.shift[shift:], stride, o.limit(n)+shifts.limit
	}
	if active.compact != nil {
		active.compact(rows, n, &val[0], &plus[0], stride, plusStride, &o.off[0], &permutations[0][0], &l.off[0], &l.val[0], &l.cnt[0])
		l.end(rows, limit)
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
	l.end(rows, limit)
	return nil
}

// SetAt is like Set for gradients behind a max-pool, of which some neighbouring
// positions are wanted: row r of the matrix becomes the lists r·positions+p, which
// hold the values whose arg is from+p.
func (l *Lists) SetAt(rows, n int, val []float32, arg []uint8, stride int, o *Offsets, from, positions int) error {
	if err := first(l.begin(rows, n, stride, len(val), o), positive("lists", from+1, positions), l.room(rows*positions, rows*n),
		need("lists", "arg", len(arg), span(rows, stride, n))); err != nil {
		return err
	}
	if active.compactAt != nil {
		active.compactAt(rows, n, &val[0], &arg[0], stride, &o.off[0], from, positions, &permutations[0][0], &l.off[0], &l.val[0], &l.cnt[0])
		l.end(rows*positions, o.limit(n))
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
	l.end(rows*positions, o.limit(n))
	return nil
}

// permutations says, for each set of the eight lanes of a vector, which lanes come
// first when those of the set are moved to the front: AVX2 has no compress instruction.
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

// asFloats views integers as floats of the same bits, for kernels that only move them.
func asFloats(s []int32) []float32 {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&s[0])), len(s))
}
