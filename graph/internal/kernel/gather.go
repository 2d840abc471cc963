package kernel

// lanes is the width of the register tile. Eight sums, one factor and the
// products fit into the sixteen registers of SSE2, which every amd64 processor
// has.
const lanes = 8

// An entry is a nonzero factor and the offset of the row that it multiplies.
type entry[T Float] struct {
	off   uint32
	value T
}

// gather adds rows of m, each scaled by its entry, to eight sums that stay in
// registers:
//
//	acc[l] += Σ_e e.value · m[base + e.off + l],  l = 0 … 7
//
// Every product of Conv and Dense, forward and backward, has this form: the
// operand with the zeros becomes the entries, the other operand becomes m.
func gather[T Float](acc *[lanes]T, list []entry[T], m []T, base int) {
	a0, a1, a2, a3 := acc[0], acc[1], acc[2], acc[3]
	a4, a5, a6, a7 := acc[4], acc[5], acc[6], acc[7]
	// With 32-bit offsets, which may wrap around, the compiler knows that at+8
	// cannot overflow and checks one bound instead of two.
	first := uint32(base)
	// Four entries at a time, with all bounds checks first: within one basic
	// block the compiler finishes a sum before it starts the next product,
	// otherwise it starts eight products and runs out of registers.
	for ; len(list) >= 4; list = list[4:] {
		r0 := rowAt(m, first+list[0].off)
		r1 := rowAt(m, first+list[1].off)
		r2 := rowAt(m, first+list[2].off)
		r3 := rowAt(m, first+list[3].off)

		v0 := list[0].value
		a0 += v0 * r0[0]
		a1 += v0 * r0[1]
		a2 += v0 * r0[2]
		a3 += v0 * r0[3]
		a4 += v0 * r0[4]
		a5 += v0 * r0[5]
		a6 += v0 * r0[6]
		a7 += v0 * r0[7]

		v1 := list[1].value
		a0 += v1 * r1[0]
		a1 += v1 * r1[1]
		a2 += v1 * r1[2]
		a3 += v1 * r1[3]
		a4 += v1 * r1[4]
		a5 += v1 * r1[5]
		a6 += v1 * r1[6]
		a7 += v1 * r1[7]

		v2 := list[2].value
		a0 += v2 * r2[0]
		a1 += v2 * r2[1]
		a2 += v2 * r2[2]
		a3 += v2 * r2[3]
		a4 += v2 * r2[4]
		a5 += v2 * r2[5]
		a6 += v2 * r2[6]
		a7 += v2 * r2[7]

		v3 := list[3].value
		a0 += v3 * r3[0]
		a1 += v3 * r3[1]
		a2 += v3 * r3[2]
		a3 += v3 * r3[3]
		a4 += v3 * r3[4]
		a5 += v3 * r3[5]
		a6 += v3 * r3[6]
		a7 += v3 * r3[7]
	}
	for _, e := range list {
		// Two halves, again for the registers.
		v, at := e.value, int(first+e.off)
		r := m[at : at+4 : at+4]
		a0 += v * r[0]
		a1 += v * r[1]
		a2 += v * r[2]
		a3 += v * r[3]
		r = m[at+4 : at+8 : at+8]
		a4 += v * r[0]
		a5 += v * r[1]
		a6 += v * r[2]
		a7 += v * r[3]
	}
	acc[0], acc[1], acc[2], acc[3] = a0, a1, a2, a3
	acc[4], acc[5], acc[6], acc[7] = a4, a5, a6, a7
}

func rowAt[T Float](m []T, offset uint32) *[lanes]T {
	at := int(offset)
	return (*[lanes]T)(m[at : at+lanes : at+lanes])
}

// gatherDense is gather with a factor for every row of a packed panel:
//
//	acc[l] += Σ_i x[i] · panel[8·i + l],  l = 0 … 7
func gatherDense[T Float](acc *[lanes]T, x, panel []T) {
	a0, a1, a2, a3 := acc[0], acc[1], acc[2], acc[3]
	a4, a5, a6, a7 := acc[4], acc[5], acc[6], acc[7]
	for ; len(x) >= 4; x = x[4:] {
		r := (*[4 * lanes]T)(panel)
		panel = panel[4*lanes:]

		v0 := x[0]
		a0 += v0 * r[0]
		a1 += v0 * r[1]
		a2 += v0 * r[2]
		a3 += v0 * r[3]
		a4 += v0 * r[4]
		a5 += v0 * r[5]
		a6 += v0 * r[6]
		a7 += v0 * r[7]

		v1 := x[1]
		a0 += v1 * r[8]
		a1 += v1 * r[9]
		a2 += v1 * r[10]
		a3 += v1 * r[11]
		a4 += v1 * r[12]
		a5 += v1 * r[13]
		a6 += v1 * r[14]
		a7 += v1 * r[15]

		v2 := x[2]
		a0 += v2 * r[16]
		a1 += v2 * r[17]
		a2 += v2 * r[18]
		a3 += v2 * r[19]
		a4 += v2 * r[20]
		a5 += v2 * r[21]
		a6 += v2 * r[22]
		a7 += v2 * r[23]

		v3 := x[3]
		a0 += v3 * r[24]
		a1 += v3 * r[25]
		a2 += v3 * r[26]
		a3 += v3 * r[27]
		a4 += v3 * r[28]
		a5 += v3 * r[29]
		a6 += v3 * r[30]
		a7 += v3 * r[31]
	}
	for _, v := range x {
		r := (*[lanes]T)(panel)
		panel = panel[lanes:]
		a0 += v * r[0]
		a1 += v * r[1]
		a2 += v * r[2]
		a3 += v * r[3]
		a4 += v * r[4]
		a5 += v * r[5]
		a6 += v * r[6]
		a7 += v * r[7]
	}
	acc[0], acc[1], acc[2], acc[3] = a0, a1, a2, a3
	acc[4], acc[5], acc[6], acc[7] = a4, a5, a6, a7
}

// load fills a register tile from s, which has at most eight elements, and
// store is its inverse. Full tiles, the usual case, are moved without a call.
func load[T Float](s []T) (acc [lanes]T) {
	if len(s) == lanes {
		return [lanes]T(s)
	}
	copy(acc[:], s)
	return acc
}

func store[T Float](s []T, acc *[lanes]T) {
	if len(s) == lanes {
		*(*[lanes]T)(s) = *acc
		return
	}
	copy(s, acc[:])
}

// appendNonzero writes an entry for each nonzero element of x to list, beginning
// at index n, and returns the index after the last entry. The offset of element i
// is off + i·step. It writes each element and keeps it only if it is not zero, which
// is faster than a branch that cannot be predicted. So list needs room for one entry
// more than there are elements.
func appendNonzero[T Float](list []entry[T], n int, x []T, off, step int) int {
	for _, v := range x {
		list[n] = entry[T]{uint32(off), v}
		if v != 0 {
			n++
		}
		off += step
	}
	return n
}
