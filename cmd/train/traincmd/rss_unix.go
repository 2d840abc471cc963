//go:build unix

package traincmd

import (
	"runtime"
	"syscall"
)

// peakRSS is the most resident memory that the process had, in bytes.
func peakRSS() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return int64(u.Maxrss) // already in bytes
	}
	return int64(u.Maxrss) * 1024
}
