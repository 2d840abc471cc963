// Package simd holds the float32 primitives below package kernel: matrix tiles,
// sparse patches, depthwise taps, element-wise loops and optimizers, in assembly for amd64 with
// AVX-512 or with AVX2 and FMA, in assembly for arm64 with NEON, and in portable Go. A path
// need not have them all: what it lacks runs in portable Go.
//
// The path is chosen at start by the features of the processor. The environment
// variable INKSTONE_KERNEL (avx512, avx2, neon or portable) or [SetPath] forces one;
// the build tag purego leaves only the portable one. Results differ between the
// paths by rounding, because sums are taken in another order; within a path they
// depend on the operands alone.
//
// Each exported function checks in Go that its operands hold what its shape
// reads and writes, and returns an error if they do not; assembly never touches
// memory outside the slices it was given.
package simd

//go:generate go -C gen run . -struct ../asm.go -table ../asm_amd64.go
//go:generate go -C gen run . -group tile -out ../tile_amd64.s -stubs ../tile_amd64.go -pkg simd
//go:generate go -C gen run . -group patch -out ../patch_amd64.s -stubs ../patch_amd64.go -pkg simd
//go:generate go -C gen run . -group vector -out ../vector_amd64.s -stubs ../vector_amd64.go -pkg simd
//go:generate go -C gen run . -group winograd -out ../winograd_amd64.s -stubs ../winograd_amd64.go -pkg simd
//go:generate go -C gen run ./neon -out ../neon_arm64.s -stubs ../neon_arm64.go
