package train

import (
	"fmt"
	"runtime"
	"strings"
)

// String describes the training in two lines: its length, and how the parameters are
// updated.
func (t *Trainer) String() string {
	cfg := &t.cfg
	workers := cfg.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s of batches of %d", plural(cfg.Epochs, "epoch"), t.inputs.batches.size)
	if cfg.Accumulate > 1 {
		fmt.Fprintf(&b, ", %d in an update", cfg.Accumulate)
	}
	fmt.Fprintf(&b, ", seed %d, %s\n%s, %s", cfg.Seed, plural(workers, "worker"), t.title, cfg.Schedule)
	if d := cfg.Augment.String(); d != "none" {
		fmt.Fprintf(&b, ", augmentation %s", d)
	}
	switch n := cfg.Finish.Epochs(cfg.Epochs); {
	case n == 1:
		fmt.Fprintf(&b, ", in the last epoch %s", cfg.Finish.Augment)
	case n > 1:
		fmt.Fprintf(&b, ", in the last %d epochs %s", n, cfg.Finish.Augment)
	}
	if cfg.Mixup > 0 {
		fmt.Fprintf(&b, ", mixup %g (training loss and accuracy are of mixtures)", cfg.Mixup)
	}
	return b.String()
}

// Ending says in words why the run ended.
func (h *History) Ending() string {
	after := "after " + plural(len(h.Epochs), "epoch")
	switch h.Ended {
	case EndedEpochs:
		return after + ": all epochs are done"
	case EndedPatience:
		return after + ": the validation set shows no improvement any more (patience)"
	case EndedUntil:
		return after + ": the validation accuracy is reached (until)"
	case EndedInterrupted:
		return after + ": interrupted"
	case EndedStop:
		return after + ": stopped by a callback"
	}
	return after
}
