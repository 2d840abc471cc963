//go:build !amd64 || purego

package simd

// processorTiles is empty: there is no path that has tables for several processors.
var processorTiles map[string]*tileTables
