//go:build !purego

package simd

import "golang.org/x/sys/cpu"

// paths lists the paths from the fastest to the slowest.
var paths = []path{
	{AVX512, hasAVX512, &asm512, &asm256},
	{AVX2, hasAVX2, &asm256, nil},
	{name: NEON},
	portablePath,
}

var (
	hasAVX2   = cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI2 && cpu.X86.HasPOPCNT
	hasAVX512 = hasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL
)
