//go:build !purego

package simd

import "github.com/klauspost/cpuid/v2"

// paths lists the paths from the fastest to the slowest.
var paths = []path{
	{AVX512, hasAVX512, &asm512, &asm256k, avx512Tiles[Processor()]},
	{AVX2, hasAVX2, &asm256, nil, widestTiles(&asm256)},
	{name: NEON},
	portablePath,
}

var (
	hasAVX2   = cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3, cpuid.BMI2, cpuid.POPCNT)
	hasAVX512 = hasAVX2 && cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL)
)

// Kinds of processors with AVX-512, which differ in the best tiles.
const (
	Zen4           = "Zen 4"           // one multiply-add and one load of 512 bits in a cycle
	SapphireRapids = "Sapphire Rapids" // two of each, as all others here are taken to have
)

// Processor returns the kind of this processor.
func Processor() string { return processorKind(cpuid.CPU.VendorID, cpuid.CPU.Family, cpuid.CPU.Model) }

func processorKind(vendor cpuid.Vendor, family, model int) string {
	const zen3And4, firstZen4 = 25, 0x10
	zen3 := model < firstZen4 || model >= 0x20 && model < 0x60
	if vendor == cpuid.AMD && family == zen3And4 && !zen3 {
		return Zen4
	}
	return SapphireRapids
}

// avx512Tiles has the tables of the path AVX512 by processor.
var avx512Tiles = map[string]*tileTables{Zen4: &zen4Tiles, SapphireRapids: &sapphireRapidsTiles}
