//go:build !js

package cli

import (
	"os"
	"os/signal"
	"slices"
	"syscall"
)

// interrupts returns the signals that ask a command to save its work and stop, without those
// that whoever started it wants ignored, as nohup does with SIGHUP.
func interrupts() []os.Signal {
	return slices.DeleteFunc(append([]os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}, jobSignals...), signal.Ignored)
}

// ignoreBrokenPipes makes a write to a closed pipe an error. By default it ends the process,
// which would lose the work of a command whose output is piped to head.
func ignoreBrokenPipes() { signal.Ignore(syscall.SIGPIPE) }
