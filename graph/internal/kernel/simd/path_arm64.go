//go:build !purego

package simd

// paths lists the paths from the fastest to the slowest. Every arm64 processor has NEON.
var paths = []path{
	{NEON, true, &asm{
		lanes: 8, tile: tilesNEON, patch: patchNEON,
		compact: compactNEON, compactAt: compactAtNEON, transpose: transposeNEON, pack: packNEON, unpack: unpackNEON, lookup: lookupNEON,
		relu: reluNEON, reluGrad: reluGradNEON, add: addNEON, axpy: axpyNEON, scale: scaleNEON,
		exp: expNEON, sigmoid: sigmoidNEON, silu: siluNEON, siluGrad: siluGradNEON, tanh: tanhNEON,
		gelu: geluNEON, geluGrad: geluGradNEON,
		leaky: leakyNEON, tanhGrad: tanhGradNEON, sigmoidGrad: sigmoidGradNEON,
		normalize: normalizeNEON, normalizeReLU: normalizeReLUNEON,
		normalizeGrad: normalizeGradNEON, normalizeReLUGrad: normalizeReLUGradNEON,
		adam: adamNEON, sgd: sgdNEON, maxPool: maxPoolNEON,
		tapSums: tapSumsNEON, tapProducts: tapProductsNEON,
		sum:             sumFuncs{sum1xNEON, sum2xNEON, sum4xNEON},
		reluSum:         reluSumFuncs{reluSum1xNEON, reluSum2xNEON, reluSum4xNEON},
		squares:         squaresFuncs{squares1xNEON, squares2xNEON, squares4xNEON},
		products:        productsFuncs{products1xNEON, products2xNEON, products4xNEON},
		reluProducts:    reluProductsFuncs{reluProducts1xNEON, reluProducts2xNEON, reluProducts4xNEON},
		winogradWeights: winogradWeightsNEON, winogradInput: winogradInputNEON, winogradOutput: winogradOutputNEON,
		peak: peakNEON, peakWork: 24 * 4 * 2,
	}},
	{name: AVX512},
	{name: AVX2},
	portablePath,
}
