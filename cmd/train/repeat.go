package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"inkstone/train/metrics"
)

// repeat makes a run with each of several seeds, in a folder of its own, and tells
// mean and spread of their test accuracies.
func repeat(ctx context.Context, s *settings, stdout, stderr io.Writer) error {
	folder, first, require := s.out, s.seed, s.requireAcc
	s.requireAcc = 0 // asked of the mean
	var accuracies []float64
	for i := range s.seeds {
		seed := first + uint64(i)
		if err := s.setSeed(seed); err != nil {
			return err
		}
		s.out = filepath.Join(folder, fmt.Sprintf("seed-%d", seed))
		fmt.Fprintf(stdout, "run %d of %d, seed %d\n", i+1, s.seeds, seed)
		m, err := once(ctx, s, stdout, stderr)
		if err != nil {
			return err
		}
		accuracies = append(accuracies, m.Accuracy)
	}
	sum, err := metrics.Summarize(accuracies)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "all    test accuracy over the seeds %d to %d: %s\n", first, first+uint64(s.seeds)-1, sum)
	if 100*sum.Mean < require {
		return fmt.Errorf("the mean test accuracy is %.2f %%, -require-acc asks for %g %%", 100*sum.Mean, require)
	}
	return nil
}
