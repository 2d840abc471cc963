//go:build !purego

package simd

// sapphireRapidsTiles is derived from the limits of the processor, not measured: two multiply-adds of 512 bits in
// a cycle with a latency of four cycles, and two loads of 512 bits or three of 256.
//
//   - A multiply-add of 256 bits takes as long as one of 512. So half a vector serves at most 8 columns,
//     where three loads in a cycle keep up with the multiply-adds.
//   - 17 to 24 columns are two vectors, not one and a half: both take two multiply-adds for each value of the left
//     matrix, and one panel reads it once. For 49 to 56 columns it is the same with four vectors.
//   - Eight accumulators hide the latency. The tallest tiles read the right matrix least often.
var sapphireRapidsTiles = tileTables{
	nn: []tileRule{
		{columns: 8, half: true, vectors: 1, height: 14},
		{columns: 16, vectors: 1, height: 14},
		{columns: 48, vectors: 2, height: 12},
		{vectors: 4, height: 6},
	},
	tn: []tileRule{
		{columns: 8, half: true, vectors: 1, height: 14},
		{columns: 16, vectors: 1, height: 14},
		{columns: 48, vectors: 2, height: 12},
		{vectors: 4, height: 6},
	},
}
