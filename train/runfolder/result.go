package runfolder

import (
	"inkstone/internal/peakmem"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/sets"
	"inkstone/train/metrics"
)

// Result is the result of a run. Accuracies are numbers from 0 to 1. A nil pointer means that
// the value was not measured.
type Result struct {
	Model       string `json:"model"`
	Dataset     string `json:"dataset"`
	Source      string `json:"source"` // where the images came from
	Note        string `json:"note,omitempty"`
	Parameters  int    `json:"parameters"`
	Epochs      int    `json:"epochs"` // number of finished epochs
	BestEpoch   int    `json:"best_epoch"`
	Seed        uint64 `json:"seed"`
	Interrupted bool   `json:"interrupted"`
	// Ended says why the run ended, see [train.History]; "" in files from before it was noted.
	Ended string `json:"ended,omitempty"`

	TestAccuracy *float64 `json:"test_accuracy"`
	TestErrors   *int     `json:"test_errors"`
	TestImages   int      `json:"test_images"`
	// TestInterval is the 95 % confidence interval of the test accuracy, see [metrics.Wilson].
	TestInterval       *metrics.Interval `json:"test_accuracy_interval,omitempty"`
	CalibrationError   *float64          `json:"test_calibration_error,omitempty"` // expected calibration error with 15 bins
	Classes            metrics.Scores    `json:"test_classes,omitempty"`
	ValidationAccuracy *float64          `json:"validation_accuracy"` // of the best epoch
	ValidationImages   int               `json:"validation_images"`
	TrainImages        int               `json:"train_images"`

	TrainSeconds         float64 `json:"train_seconds"` // duration of the training steps
	TrainImagesPerSecond float64 `json:"train_images_per_second"`
	PeakRSSBytes         int64   `json:"peak_rss_bytes"` // largest resident memory, 0 if not known
}

// NewResult returns the result of a run. test is nil if the run was interrupted or not tested. NewResult panics
// if another argument is nil, which is a mistake in the program.
func NewResult(m *model.Model, images *sets.Sets, seed uint64, h *train.History, test *train.Report) *Result {
	if m == nil || h == nil || images == nil || images.Training == nil || images.Test == nil {
		panic("runfolder: NewResult needs a model, its images and a history, and one is nil")
	}
	r := &Result{
		Model: m.Preset, Dataset: images.Training.Name(), Source: images.Training.Source(), Note: images.Note,
		Parameters: m.Params.Count(), Epochs: len(h.Epochs), Seed: seed, Interrupted: h.Interrupted, Ended: h.Ended,
		TestImages: images.Test.Len(), TrainImages: images.Training.Len(),
		TrainSeconds: h.TrainSeconds, TrainImagesPerSecond: h.ImagesPerSecond, PeakRSSBytes: peakmem.Bytes(),
	}
	if len(h.Epochs) > 0 {
		best := h.Epochs[h.Best]
		r.BestEpoch = best.Epoch
		if best.Validation != nil {
			r.ValidationAccuracy = &best.Validation.Accuracy
			if best.Average != nil && best.Average.Accuracy > best.Validation.Accuracy {
				r.ValidationAccuracy = &best.Average.Accuracy // the model has the average
			}
		}
	}
	if images.Validation != nil {
		r.ValidationImages = images.Validation.Len()
	}
	if h.Interrupted {
		r.Ended = train.EndedInterrupted // also by an interrupt in the test
	}
	if test != nil {
		interval, ece := test.Confusion.AccuracyInterval(), test.Calibration.ECE()
		r.TestAccuracy, r.TestErrors = &test.Accuracy, &test.Errors
		r.TestInterval, r.CalibrationError, r.Classes = &interval, &ece, test.Confusion.Scores()
	}
	return r
}
