//go:build (!amd64 && !arm64) || purego

package simd

// paths lists the paths of a build without assembly. It names the others too, so that
// [SetPath] can say that they are missing here instead of unknown.
var paths = []path{{name: AVX512}, {name: AVX2}, {name: NEON}, portablePath}
