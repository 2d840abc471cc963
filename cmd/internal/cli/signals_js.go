package cli

import (
	"os"
	"syscall"
)

// interrupts returns the signals that ask a command to save its work and stop.
func interrupts() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// ignoreBrokenPipes does nothing: there are no pipes.
func ignoreBrokenPipes() {}
