//go:build unix

package cli

import (
	"os"
	"syscall"
)

// jobSignals are signals that job managers send before a time limit: mpirun passes SIGUSR1 on to
// the processes that it started.
var jobSignals = []os.Signal{syscall.SIGUSR1}
