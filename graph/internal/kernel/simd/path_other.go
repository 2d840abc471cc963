//go:build (!amd64 && !arm64) || purego

package simd

// paths of a build without assembly. The others are known by name, so that asking
// for one says that it is missing here and not that it is misspelt.
var paths = []path{{name: AVX512}, {name: AVX2}, {name: NEON}, portablePath}
