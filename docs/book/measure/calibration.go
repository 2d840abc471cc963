package measure

import (
	"context"
	"fmt"
	"slices"

	"inkstone/train"
)

// calibration measures how well the probabilities of the network fast fit its accuracy, with label
// smoothing and without.
func calibration(ctx context.Context, e *Env) (*Result, error) {
	const runs = 3
	smoothings := []float64{0, 0.05}
	type score struct{ accuracy, confidence, ece, sure, sureWrong float64 }
	scores := make([]score, len(smoothings)*runs)
	err := parallel(len(scores), func(i int) error {
		c, _ := train.Recipe("fast")
		c.Seed, c.Workers, c.Smoothing = uint64(i%runs+1), 1, smoothings[i/runs]
		m, err := fit(ctx, "fast", e.Training, c)
		if err != nil {
			return err
		}
		report, err := train.Evaluate(ctx, m, e.Validation, 1)
		if err != nil {
			return err
		}
		s := &scores[i]
		s.accuracy, s.ece = 100*report.Accuracy, 100*report.Calibration.ECE()
		p := report.Predictions
		for k := range p.Len() {
			confidence := slices.Max(p.Image(k))
			s.confidence += 100 * confidence / float64(p.Len())
			if confidence > 0.99 {
				s.sure++
				if p.Predicted[k] != p.Labels[k] {
					s.sureWrong++
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r := &Result{}
	for i, smoothing := range smoothings {
		var accuracies, confidences, eces, sure, wrong []float64
		for _, s := range scores[i*runs : (i+1)*runs] {
			accuracies, confidences, eces = append(accuracies, s.accuracy), append(confidences, s.confidence), append(eces, s.ece)
			sure, wrong = append(sure, s.sure), append(wrong, s.sureWrong)
		}
		name := fmt.Sprintf("%g.", smoothing)
		r.add(name+"accuracy", 0.2, accuracies...)
		r.add(name+"confidence", 0.3, confidences...)
		r.add(name+"ece", 0.3, eces...)
		r.add(name+"sure", 200, sure...)
		r.add(name+"wrong", 12, wrong...)
	}
	return r, nil
}
