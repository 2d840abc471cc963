// Package simd holds the float32 primitives below package kernel: matrix tiles,
// sparse patches, depthwise taps, element-wise loops and optimizers, in assembly for amd64 with
// AVX-512 or with AVX2 and FMA, in assembly for arm64 with NEON, and in portable Go. A
// primitive for which a path has no assembly runs in portable Go.
//
// The path is chosen at start by the features of the processor. The environment
// variable INKSTONE_KERNEL (avx512, avx2, neon or portable) or [SetPath] forces one.
// A build with the tag purego has only the portable path. Results differ in rounding
// between the paths, which add in different orders. On one path they depend on the
// operands alone.
//
// Each exported function checks in Go that its operands are as long as its shape
// requires, and returns an error if they are not. Assembly never touches memory
// outside the slices that it was given.
//
// Folder gen has the programs that write the assembly, the declarations of its
// functions and the tables of them.
package simd

//go:generate go -C gen run . -struct ../asm.go -table ../asm_amd64.go
//go:generate go -C gen run . -group tile -out ../tile_amd64.s -stubs ../tile_amd64.go -pkg simd
//go:generate go -C gen run . -group patch -out ../patch_amd64.s -stubs ../patch_amd64.go -pkg simd
//go:generate go -C gen run . -group vector -out ../vector_amd64.s -stubs ../vector_amd64.go -pkg simd
//go:generate go -C gen run . -group winograd -out ../winograd_amd64.s -stubs ../winograd_amd64.go -pkg simd
//go:generate go -C gen run ./neon -out ../neon_arm64.s -stubs ../neon_arm64.go
