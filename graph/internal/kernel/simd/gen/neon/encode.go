package main

import "log"

// The encodings are those of the Arm Architecture Reference Manual, chapter C7.

// three writes an instruction on all lanes of three registers, d = n op m.
func (k *kernel) three(code uint32, name string, d, n, m vec) {
	k.word(code|uint32(m)<<16|uint32(n)<<5|uint32(d), "%s v%d.4s, v%d.4s, v%d.4s", name, d, n, m)
}

func (k *kernel) fadd(d, n, m vec)  { k.three(0x4e20d400, "fadd", d, n, m) }
func (k *kernel) fsub(d, n, m vec)  { k.three(0x4ea0d400, "fsub", d, n, m) }
func (k *kernel) fmul(d, n, m vec)  { k.three(0x6e20dc00, "fmul", d, n, m) }
func (k *kernel) fdiv(d, n, m vec)  { k.three(0x6e20fc00, "fdiv", d, n, m) }
func (k *kernel) fmax(d, n, m vec)  { k.three(0x4e20f400, "fmax", d, n, m) } // NaN if either is
func (k *kernel) fmin(d, n, m vec)  { k.three(0x4ea0f400, "fmin", d, n, m) }
func (k *kernel) fmla(d, n, m vec)  { k.three(0x4e20cc00, "fmla", d, n, m) } // d += n*m, rounded once
func (k *kernel) fmls(d, n, m vec)  { k.three(0x4ea0cc00, "fmls", d, n, m) } // d -= n*m
func (k *kernel) fcmgt(d, n, m vec) { k.three(0x6ea0e400, "fcmgt", d, n, m) }
func (k *kernel) fcmeq(d, n, m vec) { k.three(0x4e20e400, "fcmeq", d, n, m) }
func (k *kernel) add(d, n, m vec)   { k.three(0x4ea08400, "add", d, n, m) }
func (k *kernel) trn1(d, n, m vec)  { k.three(0x4e802800, "trn1", d, n, m) }
func (k *kernel) trn2(d, n, m vec)  { k.three(0x4e806800, "trn2", d, n, m) }

// bits writes an instruction on the bits of three registers.
func (k *kernel) bits(code uint32, name string, d, n, m vec) {
	k.word(code|uint32(m)<<16|uint32(n)<<5|uint32(d), "%s v%d.16b, v%d.16b, v%d.16b", name, d, n, m)
}

func (k *kernel) and(d, n, m vec) { k.bits(0x4e201c00, "and", d, n, m) }
func (k *kernel) bic(d, n, m vec) { k.bits(0x4e601c00, "bic", d, n, m) } // n and not m
func (k *kernel) orn(d, n, m vec) { k.bits(0x4ee01c00, "orn", d, n, m) } // n or not m
func (k *kernel) bit(d, n, m vec) { k.bits(0x6ea01c00, "bit", d, n, m) } // n where m is set, else d
func (k *kernel) move(d, n vec)   { k.bits(0x4ea01c00, "orr", d, n, n) }
func (k *kernel) zero(d vec)      { k.bits(0x6e201c00, "eor", d, d, d) }

func (k *kernel) addBytes(d, n, m vec)  { k.bits(0x4e208400, "add", d, n, m) }
func (k *kernel) zip1Bytes(d, n, m vec) { k.bits(0x4e003800, "zip1", d, n, m) }
func (k *kernel) zip2Bytes(d, n, m vec) { k.bits(0x4e007800, "zip2", d, n, m) }

// shlBytes shifts the bytes of n left.
func (k *kernel) shlBytes(d, n vec, by int) {
	k.word(0x4f085400|uint32(by)<<16|uint32(n)<<5|uint32(d), "shl v%d.16b, v%d.16b, #%d", d, n, by)
}

// tbl2 looks up the bytes of m in the 32 bytes of n and the register after it. An index of 32
// or more gives 0.
func (k *kernel) tbl2(d, n, m vec) {
	k.word(0x4e002000|uint32(m)<<16|uint32(n)<<5|uint32(d), "tbl v%d.16b, {v%d.16b, v%d.16b}, v%d.16b", d, n, n+1, m)
}

// pairs writes an instruction on the 64-bit halves of three registers.
func (k *kernel) pairs(code uint32, name string, d, n, m vec) {
	k.word(code|uint32(m)<<16|uint32(n)<<5|uint32(d), "%s v%d.2d, v%d.2d, v%d.2d", name, d, n, m)
}

func (k *kernel) trn1d(d, n, m vec) { k.pairs(0x4ec02800, "trn1", d, n, m) }
func (k *kernel) trn2d(d, n, m vec) { k.pairs(0x4ec06800, "trn2", d, n, m) }

// two writes an instruction on all lanes of two registers.
func (k *kernel) two(code uint32, name string, d, n vec) {
	k.word(code|uint32(n)<<5|uint32(d), "%s v%d.4s, v%d.4s", name, d, n)
}

func (k *kernel) fsqrt(d, n vec)  { k.two(0x6ea1f800, "fsqrt", d, n) }
func (k *kernel) fneg(d, n vec)   { k.two(0x6ea0f800, "fneg", d, n) }
func (k *kernel) fabs(d, n vec)   { k.two(0x4ea0f800, "fabs", d, n) }
func (k *kernel) frintn(d, n vec) { k.two(0x4e218800, "frintn", d, n) } // to the nearest, ties to even
func (k *kernel) fcvtns(d, n vec) { k.two(0x4e21a800, "fcvtns", d, n) } // to int32

// shl shifts the lanes of n left.
func (k *kernel) shl(d, n vec, by int) {
	k.word(0x4f205400|uint32(by)<<16|uint32(n)<<5|uint32(d), "shl v%d.4s, v%d.4s, #%d", d, n, by)
}

// positive sets the lanes of d where n is above zero; notPositive sets those where n is zero or less.
func (k *kernel) positive(d, n vec) {
	k.word(0x4ea0c800|uint32(n)<<5|uint32(d), "fcmgt v%d.4s, v%d.4s, #0.0", d, n)
}

func (k *kernel) notPositive(d, n vec) {
	k.word(0x6ea0d800|uint32(n)<<5|uint32(d), "fcmle v%d.4s, v%d.4s, #0.0", d, n)
}

// place is a lane of a register.
type place struct {
	v    vec
	lane int
}

// byLane writes an instruction on all lanes of n and one of m.
func (k *kernel) byLane(code uint32, name string, d, n, m vec, lane int) {
	code |= uint32(lane&1)<<21 | uint32(lane>>1)<<11
	k.word(code|uint32(m)<<16|uint32(n)<<5|uint32(d), "%s v%d.4s, v%d.4s, v%d.s[%d]", name, d, n, m, lane)
}

func (k *kernel) fmulLane(d, n, m vec, lane int) { k.byLane(0x4f809000, "fmul", d, n, m, lane) }
func (k *kernel) fmlaLane(d, n, m vec, lane int) { k.byLane(0x4f801000, "fmla", d, n, m, lane) }
func (k *kernel) fmlsLane(d, n, m vec, lane int) { k.byLane(0x4f805000, "fmls", d, n, m, lane) }

// dup fills d with one lane of n, dupWord with a general register.
func (k *kernel) dup(d, n vec, lane int) {
	k.word(0x4e040400|uint32(lane)<<19|uint32(n)<<5|uint32(d), "dup v%d.4s, v%d.s[%d]", d, n, lane)
}

func (k *kernel) dupWord(d vec, r gp) {
	k.word(0x4e040c00|r.number()<<5|uint32(d), "dup v%d.4s, w%d", d, r.number())
}

// insert writes a general register to one lane of d.
func (k *kernel) insert(d vec, lane int, r gp) {
	k.word(0x4e041c00|uint32(lane)<<19|r.number()<<5|uint32(d), "ins v%d.s[%d], w%d", d, lane, r.number())
}

// narrow4 and narrow8 write the low halves of the lanes of n to the lower half of d, narrow4High to the upper.
func (k *kernel) narrow4(d, n vec) {
	k.word(0x0e612800|uint32(n)<<5|uint32(d), "xtn v%d.4h, v%d.4s", d, n)
}
func (k *kernel) narrow4High(d, n vec) {
	k.word(0x4e612800|uint32(n)<<5|uint32(d), "xtn2 v%d.8h, v%d.4s", d, n)
}
func (k *kernel) narrow8(d, n vec) {
	k.word(0x0e212800|uint32(n)<<5|uint32(d), "xtn v%d.8b, v%d.8h", d, n)
}

// size is the part of a register that a load or a store moves. A load clears the rest.
type size struct {
	letter byte
	bytes  int
	code   uint32
}

var (
	one  = size{'s', 4, 0xbd000000}
	half = size{'d', 8, 0xfd000000}
	full = size{'q', 16, 0x3d800000}
)

const isLoad = 0x00400000

// ldr and str load and store a register at disp bytes after a pointer.
func (k *kernel) ldr(z size, v vec, p gp, disp int) {
	k.word(isLoad|z.at(p, disp)|uint32(v), "ldr %c%d, [x%d, #%d]", z.letter, v, p.number(), disp)
}

func (k *kernel) str(z size, v vec, p gp, disp int) {
	k.word(z.at(p, disp)|uint32(v), "str %c%d, [x%d, #%d]", z.letter, v, p.number(), disp)
}

func (z size) at(p gp, disp int) uint32 {
	n := disp / z.bytes
	if disp%z.bytes != 0 || n < 0 || n >= 1<<12 {
		log.Fatalf("neon: no displacement of %d bytes", disp)
	}
	return z.code | uint32(n)<<10 | p.number()<<5
}

// ldrNext loads a register and advances the pointer past it.
func (k *kernel) ldrNext(z size, v vec, p gp) {
	code := z.code&^0x01000000 | isLoad | 0x400
	k.word(code|uint32(z.bytes)<<12|p.number()<<5|uint32(v), "ldr %c%d, [x%d], #%d", z.letter, v, p.number(), z.bytes)
}

// ldp and stp load and store two registers next to each other.
func (k *kernel) ldp(v, w vec, p gp, disp int) { k.pair(isLoad, "ldp", v, w, p, disp) }
func (k *kernel) stp(v, w vec, p gp, disp int) { k.pair(0, "stp", v, w, p, disp) }

func (k *kernel) pair(load uint32, name string, v, w vec, p gp, disp int) {
	n := disp / full.bytes
	if disp%full.bytes != 0 || n < 0 || n >= 1<<6 {
		log.Fatalf("neon: no displacement of %d bytes", disp)
	}
	k.word(0xad000000|load|uint32(n)<<15|uint32(w)<<10|p.number()<<5|uint32(v), "%s q%d, q%d, [x%d, #%d]", name, v, w, p.number(), disp)
}

// ld1 and st1 load and store the third lane of a register at a pointer.
func (k *kernel) ld1(v vec, p gp) {
	k.word(0x4d408000|p.number()<<5|uint32(v), "ld1 {v%d.s}[2], [x%d]", v, p.number())
}

func (k *kernel) st1(v vec, p gp) {
	k.word(0x4d008000|p.number()<<5|uint32(v), "st1 {v%d.s}[2], [x%d]", v, p.number())
}
