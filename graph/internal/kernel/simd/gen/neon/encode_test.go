package main

import (
	"strings"
	"testing"
)

// The numbers are what LLVM's assembler makes of the names.
func TestEncodings(t *testing.T) {
	var f file
	k := f.open("test", "n int")
	k.fadd(1, 2, 31)
	k.fsub(1, 2, 31)
	k.fmul(1, 2, 31)
	k.fdiv(1, 2, 31)
	k.fmax(1, 2, 31)
	k.fmin(1, 2, 31)
	k.fmla(1, 2, 31)
	k.fmls(1, 2, 31)
	k.fcmgt(1, 2, 31)
	k.fcmeq(1, 2, 31)
	k.add(1, 2, 31)
	k.trn1(1, 2, 31)
	k.trn2(1, 2, 31)
	k.trn1d(1, 2, 31)
	k.trn2d(1, 2, 31)
	k.and(1, 2, 31)
	k.orn(1, 2, 31)
	k.bic(1, 2, 31)
	k.bit(1, 2, 31)
	k.addBytes(1, 2, 31)
	k.zip1Bytes(1, 2, 31)
	k.zip2Bytes(1, 2, 31)
	k.shlBytes(1, 31, 2)
	k.tbl2(1, 2, 31)
	k.move(1, 31)
	k.zero(31)
	k.fsqrt(1, 31)
	k.fneg(1, 31)
	k.fabs(1, 31)
	k.frintn(1, 31)
	k.fcvtns(1, 31)
	k.shl(1, 31, 23)
	k.positive(1, 31)
	k.notPositive(1, 31)
	for lane := range 4 {
		k.fmlaLane(1, 2, 31, lane)
		k.fmulLane(1, 2, 31, lane)
		k.fmlsLane(1, 2, 31, lane)
	}
	k.dup(1, 31, 0)
	k.dup(1, 31, 3)
	k.insert(31, 3, 20)
	k.dupWord(1, 20) // the 21st register in use is x21, for x18 is not
	k.narrow4(1, 31)
	k.narrow4High(1, 31)
	k.narrow8(1, 31)
	for _, z := range []size{one, half, full} {
		k.ldr(z, 31, 20, 3*z.bytes)
		k.str(z, 31, 20, 3*z.bytes)
		k.ldrNext(z, 31, 20)
	}
	k.ldp(1, 31, 20, 48)
	k.stp(1, 31, 20, 48)
	k.ld1(31, 20)
	k.st1(31, 20)

	var got []string
	for line := range strings.Lines(f.text.String()) {
		if word, ok := strings.CutPrefix(line, "\tWORD "); ok {
			got = append(got, strings.TrimSpace(word))
		}
	}
	want := strings.Split(strings.TrimSpace(encodings), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d instructions, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %s, want %s", got[i], want[i])
		}
	}
}

const encodings = `
$0x4e3fd441 // fadd v1.4s, v2.4s, v31.4s
$0x4ebfd441 // fsub v1.4s, v2.4s, v31.4s
$0x6e3fdc41 // fmul v1.4s, v2.4s, v31.4s
$0x6e3ffc41 // fdiv v1.4s, v2.4s, v31.4s
$0x4e3ff441 // fmax v1.4s, v2.4s, v31.4s
$0x4ebff441 // fmin v1.4s, v2.4s, v31.4s
$0x4e3fcc41 // fmla v1.4s, v2.4s, v31.4s
$0x4ebfcc41 // fmls v1.4s, v2.4s, v31.4s
$0x6ebfe441 // fcmgt v1.4s, v2.4s, v31.4s
$0x4e3fe441 // fcmeq v1.4s, v2.4s, v31.4s
$0x4ebf8441 // add v1.4s, v2.4s, v31.4s
$0x4e9f2841 // trn1 v1.4s, v2.4s, v31.4s
$0x4e9f6841 // trn2 v1.4s, v2.4s, v31.4s
$0x4edf2841 // trn1 v1.2d, v2.2d, v31.2d
$0x4edf6841 // trn2 v1.2d, v2.2d, v31.2d
$0x4e3f1c41 // and v1.16b, v2.16b, v31.16b
$0x4eff1c41 // orn v1.16b, v2.16b, v31.16b
$0x4e7f1c41 // bic v1.16b, v2.16b, v31.16b
$0x6ebf1c41 // bit v1.16b, v2.16b, v31.16b
$0x4e3f8441 // add v1.16b, v2.16b, v31.16b
$0x4e1f3841 // zip1 v1.16b, v2.16b, v31.16b
$0x4e1f7841 // zip2 v1.16b, v2.16b, v31.16b
$0x4f0a57e1 // shl v1.16b, v31.16b, #2
$0x4e1f2041 // tbl v1.16b, {v2.16b, v3.16b}, v31.16b
$0x4ebf1fe1 // orr v1.16b, v31.16b, v31.16b
$0x6e3f1fff // eor v31.16b, v31.16b, v31.16b
$0x6ea1fbe1 // fsqrt v1.4s, v31.4s
$0x6ea0fbe1 // fneg v1.4s, v31.4s
$0x4ea0fbe1 // fabs v1.4s, v31.4s
$0x4e218be1 // frintn v1.4s, v31.4s
$0x4e21abe1 // fcvtns v1.4s, v31.4s
$0x4f3757e1 // shl v1.4s, v31.4s, #23
$0x4ea0cbe1 // fcmgt v1.4s, v31.4s, #0.0
$0x6ea0dbe1 // fcmle v1.4s, v31.4s, #0.0
$0x4f9f1041 // fmla v1.4s, v2.4s, v31.s[0]
$0x4f9f9041 // fmul v1.4s, v2.4s, v31.s[0]
$0x4f9f5041 // fmls v1.4s, v2.4s, v31.s[0]
$0x4fbf1041 // fmla v1.4s, v2.4s, v31.s[1]
$0x4fbf9041 // fmul v1.4s, v2.4s, v31.s[1]
$0x4fbf5041 // fmls v1.4s, v2.4s, v31.s[1]
$0x4f9f1841 // fmla v1.4s, v2.4s, v31.s[2]
$0x4f9f9841 // fmul v1.4s, v2.4s, v31.s[2]
$0x4f9f5841 // fmls v1.4s, v2.4s, v31.s[2]
$0x4fbf1841 // fmla v1.4s, v2.4s, v31.s[3]
$0x4fbf9841 // fmul v1.4s, v2.4s, v31.s[3]
$0x4fbf5841 // fmls v1.4s, v2.4s, v31.s[3]
$0x4e0407e1 // dup v1.4s, v31.s[0]
$0x4e1c07e1 // dup v1.4s, v31.s[3]
$0x4e1c1ebf // ins v31.s[3], w21
$0x4e040ea1 // dup v1.4s, w21
$0x0e612be1 // xtn v1.4h, v31.4s
$0x4e612be1 // xtn2 v1.8h, v31.4s
$0x0e212be1 // xtn v1.8b, v31.8h
$0xbd400ebf // ldr s31, [x21, #12]
$0xbd000ebf // str s31, [x21, #12]
$0xbc4046bf // ldr s31, [x21], #4
$0xfd400ebf // ldr d31, [x21, #24]
$0xfd000ebf // str d31, [x21, #24]
$0xfc4086bf // ldr d31, [x21], #8
$0x3dc00ebf // ldr q31, [x21, #48]
$0x3d800ebf // str q31, [x21, #48]
$0x3cc106bf // ldr q31, [x21], #16
$0xad41fea1 // ldp q1, q31, [x21, #48]
$0xad01fea1 // stp q1, q31, [x21, #48]
$0x4d4082bf // ld1 {v31.s}[2], [x21]
$0x4d0082bf // st1 {v31.s}[2], [x21]
`
