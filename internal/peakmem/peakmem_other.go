//go:build !unix

package peakmem

// Bytes returns 0, since this system does not report the memory of a process.
func Bytes() int64 { return 0 }
