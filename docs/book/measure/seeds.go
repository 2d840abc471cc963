package measure

import (
	"context"

	"inkstone/train"
	"inkstone/train/data/mnist"
	"inkstone/train/metrics"
)

// seedCount is the number of seeds of the experiment seeds.
const seedCount = 20

// seeds trains the network fast with many seeds and looks at how far the results differ.
func seeds(ctx context.Context, e *Env) (*Result, error) {
	r := &Result{}
	var validation, test, cleaner, harder, disputed []float64
	wrong := make([]int, e.Test.Len())
	var predicted [2][]int
	var labels []int
	for seed := range seedCount {
		c, _ := train.Recipe("fast")
		c.Seed, c.Workers = uint64(seed+1), 1
		m, err := fit(ctx, "fast", e.Training, c)
		if err != nil {
			return nil, err
		}
		v, err := percent(ctx, m, e.Validation)
		if err != nil {
			return nil, err
		}
		report, err := train.Evaluate(ctx, m, e.Test, 1)
		if err != nil {
			return nil, err
		}
		p := report.Predictions
		if seed < len(predicted) {
			predicted[seed] = p.Predicted
		}
		labels = p.Labels
		var halves [2]float64
		var doubtful float64
		for i := range p.Len() {
			if p.Predicted[i] == p.Labels[i] {
				continue
			}
			wrong[i]++
			halves[2*i/p.Len()]++
			if _, ok := mnist.Disputed(e.Test.Pixels(i), p.Classes[p.Labels[i]]); ok {
				doubtful++
			}
		}
		validation, test = append(validation, v), append(test, 100*report.Accuracy)
		cleaner, harder, disputed = append(cleaner, halves[0]), append(harder, halves[1]), append(disputed, doubtful)
		e.Log("seed %d: validation %.2f, test %.2f, halves %v, disputed %v", seed+1, v, test[seed], halves, doubtful)
	}
	r.add("validation", 0.1, validation...)
	r.add("test", 0.1, test...)
	r.add("half.first", 4, cleaner...)
	r.add("half.second", 4, harder...)
	r.add("disputed", 2, disputed...)
	var any, always float64
	for _, n := range wrong {
		if n > 0 {
			any++
		}
		if n == seedCount {
			always++
		}
	}
	r.add("wrong.any", 40, any)
	r.add("wrong.always", 15, always)
	comparison, err := metrics.McNemar(labels, predicted[0], predicted[1])
	if err != nil {
		return nil, err
	}
	r.add("mcnemar.first", 20, float64(comparison.FirstOnly))
	r.add("mcnemar.second", 20, float64(comparison.SecondOnly))
	r.add("mcnemar.p", 1, comparison.P)
	var all float64
	for i := range e.Test.Len() {
		if _, ok := mnist.Disputed(e.Test.Pixels(i), e.Test.Classes()[e.Test.Label(i)]); ok {
			all++
		}
	}
	r.add("disputed.all", 0, all)
	return r, nil
}
