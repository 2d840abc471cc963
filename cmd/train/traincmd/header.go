package traincmd

import (
	"fmt"
	"runtime"
	"slices"

	"inkstone/train"
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
	// What else the parameters depend on, where it is not the same in every run.
	printed := []string{"batch", "optimizer", "schedule", "accumulate", "seed", "unfreeze"}
	plain := train.Defaults()
	for i, s := range cfg.Settings() {
		if text := s.Value.String(); s.Identity != "" && !slices.Contains(printed, s.Identity) && text != plain.Settings()[i].Value.String() {
			fmt.Fprintf(r.out, ", %s %s", s.Name, text)
		}
	}
	fmt.Fprintln(r.out)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
