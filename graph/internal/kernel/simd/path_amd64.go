//go:build !purego

package simd

import "golang.org/x/sys/cpu"

// paths lists the paths from the fastest to the slowest.
var paths = []path{
	{AVX512, hasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL, &asm{
		lanes: 16, tile: &tiles{16, nn512, tn512}, narrow: tiles256, patch: patch512,
		compact: compact512, compactAt: compactAt512, transpose: transpose8, pack: pack512, unpack: unpack512, lookup: lookup512,
		relu: relu512, reluGrad: reluGrad512, add: add512, axpy: axpy512, scale: scale512,
		exp: exp512, sigmoid: sigmoid512, silu: silu512, siluGrad: siluGrad512, tanh: tanh512,
		gelu: gelu512, geluGrad: geluGrad512, dropout: dropout512,
		fixedGrad: fixedGrad512, fixedSums: fixedSums512, fixedGradSums: fixedGradSums512,
		leaky: leaky512, tanhGrad: tanhGrad512, sigmoidGrad: sigmoidGrad512,
		normalize: normalize512, normalizeReLU: normalizeReLU512,
		normalizeGrad: normalizeGrad512, normalizeReLUGrad: normalizeReLUGrad512, adam: adam512, sgd: sgd512, maxPool: maxPool512,
		tapSums: tapSums512, tapProducts: tapProducts512,
		sum:             sumFuncs{sum1x512, sum2x512, sum4x512},
		reluSum:         reluSumFuncs{reluSum1x512, reluSum2x512, reluSum4x512},
		squares:         squaresFuncs{squares1x512, squares2x512, squares4x512},
		products:        productsFuncs{products1x512, products2x512, products4x512},
		reluProducts:    reluProductsFuncs{reluProducts1x512, reluProducts2x512, reluProducts4x512},
		winogradWeights: winogradWeights512, winogradInput: winogradInput512, winogradOutput: winogradOutput512,
		peak: peak512, peakWork: 12 * 16 * 2,
	}},
	{AVX2, hasAVX2, asm256},
	{name: NEON},
	portablePath,
}

var hasAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA && cpu.X86.HasBMI2 && cpu.X86.HasPOPCNT

var tiles256 = &tiles{8, nn256, tn256}

var asm256 = &asm{
	lanes: 8, tile: tiles256, patch: patch256,
	compact: compact256, compactAt: compactAt256, transpose: transpose8, pack: pack256, unpack: unpack256, lookup: lookup256,
	relu: relu256, reluGrad: reluGrad256, add: add256, axpy: axpy256, scale: scale256,
	exp: exp256, sigmoid: sigmoid256, silu: silu256, siluGrad: siluGrad256, tanh: tanh256,
	gelu: gelu256, geluGrad: geluGrad256, dropout: dropout256,
	fixedGrad: fixedGrad256, fixedSums: fixedSums256, fixedGradSums: fixedGradSums256,
	leaky: leaky256, tanhGrad: tanhGrad256, sigmoidGrad: sigmoidGrad256,
	normalize: normalize256, normalizeReLU: normalizeReLU256,
	normalizeGrad: normalizeGrad256, normalizeReLUGrad: normalizeReLUGrad256, adam: adam256, sgd: sgd256, maxPool: maxPool256,
	tapSums: tapSums256, tapProducts: tapProducts256,
	sum:             sumFuncs{sum1x256, sum2x256, sum4x256},
	reluSum:         reluSumFuncs{reluSum1x256, reluSum2x256, reluSum4x256},
	squares:         squaresFuncs{squares1x256, squares2x256, squares4x256},
	products:        productsFuncs{products1x256, products2x256, products4x256},
	reluProducts:    reluProductsFuncs{reluProducts1x256, reluProducts2x256, reluProducts4x256},
	winogradWeights: winogradWeights256, winogradInput: winogradInput256, winogradOutput: winogradOutput256,
	peak: peak256, peakWork: 12 * 8 * 2,
}
