package main

import (
	"context"
	"fmt"
	"io"

	"inkstone/internal/atomicfile"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/mnist"
)

// exportInt8 writes the model with 8-bit integers, and prints its accuracy before and after.
func exportInt8(ctx context.Context, s *settings, m *model.Model, stdout, stderr io.Writer) error {
	training, test, err := mnist.Load(ctx, mnist.Options{
		Name: m.Dataset, Dir: s.data, Offline: s.offline,
		Logf: func(format string, args ...any) { fmt.Fprintf(stderr, format+"\n", args...) },
	})
	if err != nil {
		return err
	}
	if training, err = training.SelectNames(m.Classes); err != nil {
		return err
	}
	if test, err = test.SelectNames(m.Classes); err != nil {
		return err
	}
	before, err := train.Evaluate(ctx, m, test, 0)
	if err != nil {
		return err
	}
	err = atomicfile.Write(s.out, func(w io.Writer) error {
		return m.WriteInt8(w, s.onnx, min(s.calibration, training.Len()), training.Pixels)
	})
	if err != nil {
		return err
	}
	quantized, err := model.Load(s.out)
	if err != nil {
		return err
	}
	after, err := train.Evaluate(ctx, quantized, test, 0)
	if err != nil {
		return err
	}
	if err := printSize(s, m, stdout); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "accuracy on %s: %.2f %% before, %.2f %% with 8-bit integers\n", test.Name(), 100*before.Accuracy, 100*after.Accuracy)
	return nil
}
