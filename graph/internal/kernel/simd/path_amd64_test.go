//go:build !purego

package simd

import (
	"testing"

	"github.com/klauspost/cpuid/v2"
)

// processorTiles are the tables of the path AVX512.
var processorTiles = avx512Tiles

func TestProcessorKind(t *testing.T) {
	for _, tc := range []struct {
		name          string
		vendor        cpuid.Vendor
		family, model int
		want          string
	}{
		{"EPYC 9004, Genoa", cpuid.AMD, 25, 0x11, Zen4},
		{"EPYC 9004, Bergamo", cpuid.AMD, 25, 0xa0, Zen4},
		{"Ryzen 7000", cpuid.AMD, 25, 0x61, Zen4},
		{"EPYC 7003, Zen 3 without AVX-512", cpuid.AMD, 25, 0x01, SapphireRapids},
		{"Ryzen 5000, Zen 3", cpuid.AMD, 25, 0x50, SapphireRapids},
		{"EPYC 9005, Zen 5", cpuid.AMD, 26, 0x02, SapphireRapids},
		{"Xeon of the fourth generation", cpuid.Intel, 6, 143, SapphireRapids},
		{"Xeon of the fifth generation", cpuid.Intel, 6, 207, SapphireRapids},
	} {
		if got := processorKind(tc.vendor, tc.family, tc.model); got != tc.want {
			t.Errorf("%s: table %q, want %q", tc.name, got, tc.want)
		}
	}
	for _, kind := range []string{Zen4, SapphireRapids} {
		if avx512Tiles[kind] == nil {
			t.Errorf("no table for %q", kind)
		}
	}
}
