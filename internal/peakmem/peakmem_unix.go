//go:build unix

package peakmem

import (
	"runtime"
	"syscall"
)

// Bytes returns the largest resident memory of the process so far, in bytes, or 0 if it is not
// known.
func Bytes() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return int64(u.Maxrss) // already in bytes
	}
	return int64(u.Maxrss) * 1024
}
