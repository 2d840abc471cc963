//go:build !purego

package simd

// paths lists the paths from the fastest to the slowest. Every arm64 processor has NEON.
var paths = []path{
	{NEON, true, &asmNEON, nil, widestTiles(&asmNEON)},
	{name: AVX512},
	{name: AVX2},
	portablePath,
}
