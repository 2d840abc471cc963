package traincmd

import (
	"fmt"
	"runtime"
)

// printHeader prints what the run is going to do.
func (r *runner) printHeader() {
	cfg, all := &r.config, r.sets
	if all.Note != "" {
		fmt.Fprintf(r.out, "NOTE: %s\n", all.Note)
	}
	fmt.Fprintf(r.out, "data   %s from %s: %d training", all.Training.Name(), all.Training.Source(), all.Training.Len())
	if all.Validation != nil {
		fmt.Fprintf(r.out, ", %d validation", all.Validation.Len())
	}
	fmt.Fprintf(r.out, ", %d test images\n", all.Test.Len())
	fmt.Fprintf(r.out, "model  %s\n", r.model)
	for _, note := range r.model.Notes() {
		fmt.Fprintf(r.out, "       note: %s\n", note)
	}
	r.printStart(r.out)
	workers := cfg.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	fmt.Fprintf(r.out, "train  %s of batches of %d", plural(cfg.Epochs, "epoch"), min(cfg.Batch, all.Training.Len()))
	if cfg.Accumulate > 1 {
		fmt.Fprintf(r.out, ", %d in an update", cfg.Accumulate)
	}
	fmt.Fprintf(r.out, ", seed %d, %s\n", cfg.Seed, plural(workers, "worker"))
	fmt.Fprintf(r.out, "       %s, %s", r.trainer.Optimizer(), cfg.Schedule)
	if d := cfg.Augment.String(); d != "none" {
		fmt.Fprintf(r.out, ", augmentation %s", d)
	}
	if n := cfg.Finish.Epochs(cfg.Epochs); n > 0 {
		epochs := "epoch"
		if n > 1 {
			epochs = fmt.Sprintf("%d epochs", n)
		}
		fmt.Fprintf(r.out, ", in the last %s %s", epochs, cfg.Finish.Augment)
	}
	if cfg.Mixup > 0 {
		fmt.Fprintf(r.out, ", mixup %g (training loss and accuracy are of mixtures)", cfg.Mixup)
	}
	fmt.Fprintln(r.out)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
