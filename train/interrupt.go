package train

import (
	"context"
	"os"
	"os/signal"
	"sync"
)

// UntilInterrupt returns a context that ends at the next interrupt, which the Interrupt button
// of a notebook sends, and Ctrl-C in a terminal. It is for notebooks:
//
//	history, err := train.Fit(train.UntilInterrupt(), m, training, validation, cfg)
//
// From the first call on, an interrupt does not end the process anymore. After an interrupt,
// the next call returns a new context.
func UntilInterrupt() context.Context {
	interrupts.Lock()
	defer interrupts.Unlock()
	if interrupts.ctx == nil {
		interrupts.ctx, interrupts.cancel = context.WithCancel(context.Background())
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, os.Interrupt)
		go func() {
			for range signals {
				endInterruptible()
			}
		}()
	}
	return interrupts.ctx
}

// interrupts holds the context of [UntilInterrupt], nil before the first call.
var interrupts struct {
	sync.Mutex
	ctx    context.Context
	cancel context.CancelFunc
}

// endInterruptible ends the current context and makes the next one.
func endInterruptible() {
	interrupts.Lock()
	defer interrupts.Unlock()
	interrupts.cancel()
	interrupts.ctx, interrupts.cancel = context.WithCancel(context.Background())
}
