package train

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"inkstone/internal/pattern"
	"inkstone/internal/table"
	"inkstone/model"
	"inkstone/train/data"
)

// Baseline is a row of the comparison of a fine-tuned model with the same network trained
// from random weights.
type Baseline struct {
	Start           string  `json:"start"` // what the training started from
	Trainable       int     `json:"trainable_parameters"`
	TestAccuracy    float64 `json:"test_accuracy"`     // fraction of 1
	SecondsPerEpoch float64 `json:"seconds_per_epoch"` // of the training steps alone
	Epochs          int     `json:"epochs"`
}

// Baselines is a comparison, which begins with the fine-tuned model.
type Baselines []Baseline

// String returns the comparison as a table.
func (list Baselines) String() string {
	columns := append(table.Columns(0, "test accuracy", "s per epoch", "epochs", "trainable"), table.Column{Head: "start"})
	t := &table.Table{Indent: "  ", Columns: columns}
	for _, b := range list {
		t.Add(fmt.Sprintf("%.2f %%", 100*b.TestAccuracy), fmt.Sprintf("%.2f", b.SecondsPerEpoch), strconv.Itoa(b.Epochs), strconv.Itoa(b.Trainable), b.Start)
	}
	return t.String()
}

// NewBaseline returns the row of a training of m. It panics if an argument is nil, which is a
// mistake in the program.
func NewBaseline(start string, m *model.Model, h *History, test *Report) Baseline {
	if m == nil || h == nil || test == nil {
		panic("train: NewBaseline needs a model, a history and a report, and one is nil")
	}
	return Baseline{
		Start: start, Trainable: m.Freezing().Trainable, TestAccuracy: test.Accuracy,
		SecondsPerEpoch: h.TrainSeconds / float64(max(1, len(h.Epochs))), Epochs: len(h.Epochs),
	}
}

// FromScratch trains the network of a fine-tuned model from random weights, with the same
// settings on the same images: once all of it, and once with these parameters frozen, if there
// are any. Beside a fine-tuning, the rows show what the trained model was worth.
func FromScratch(ctx context.Context, m *model.Model, frozen []string, training, validation, test *data.Set, cfg Config) (Baselines, error) {
	if err := checkCall(ctx, m); err != nil {
		return nil, fmt.Errorf("baseline: %w", err)
	}
	if test == nil || test.Len() == 0 {
		return nil, errors.New("baseline: the test set has no images")
	}
	var rows Baselines
	for _, b := range []struct {
		start  string
		frozen []string
	}{{"from scratch, all trained", nil}, {"from scratch, the same part frozen", frozen}} {
		if len(rows) > 0 && len(b.frozen) == 0 {
			break // nothing is frozen
		}
		fresh, err := m.Fresh(cfg.Seed)
		if err != nil {
			return nil, err
		}
		cfg := cfg
		if len(b.frozen) == 0 {
			cfg.Unfreeze = Unfreezing{}
		} else if err := fresh.Freeze(pattern.Quote(b.frozen...)...); err != nil {
			return nil, err
		}
		h, err := Fit(ctx, fresh, training, validation, cfg)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.start, err)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		report, err := Evaluate(ctx, fresh, test, cfg.Workers)
		if err != nil {
			return nil, err
		}
		rows = append(rows, NewBaseline(b.start, fresh, h, report))
	}
	return rows, nil
}
