package metrics

import (
	"fmt"
	"math"
	"slices"

	"inkstone/internal/random"
)

// bootstraps is the number of bootstrap samples of [Chosen].
const bootstraps = 2000

// Chosen estimates the accuracy of the model that has the fewest errors among several on the same
// images. The accuracy of that model on these images is too high on average, because it was chosen
// for it. Each bootstrap sample draws as many images as there are, with replacement; the model with
// the fewest errors on the sample is scored on the images that are not in the sample. Chosen
// returns the mean of these scores and the interval from their 2.5 % to their 97.5 % quantile:
// Tsamardinos, Greasidou and Borboudakis, "Bootstrapping the out-of-sample predictions for
// efficient and accurate cross-validation", Machine Learning 107, 2018 (arXiv:1708.07180).
//
// wrong holds, for each model, the images that it predicts incorrectly, as indices from 0 to
// images-1 in ascending order. Of models with equally many errors in a sample the first is chosen.
// The samples are the same in each call. Chosen returns an error if there is no model, fewer than
// two images, or an index that is out of range or out of order.
func Chosen(wrong [][]int, images int) (mean float64, within Interval, err error) {
	if len(wrong) == 0 || images < 2 {
		return 0, Interval{}, fmt.Errorf("accuracy of a chosen model: %d models and %d images, want at least 1 and 2", len(wrong), images)
	}
	for m, list := range wrong {
		for k, i := range list {
			if i < 0 || i >= images || k > 0 && i <= list[k-1] {
				return 0, Interval{}, fmt.Errorf("accuracy of a chosen model: model %d has the image %d at position %d, want ascending numbers from 0 to %d", m, i, k, images-1)
			}
		}
	}
	r := random.New(0, random.Bootstrap)
	drawn := make([]int, images)
	scores := make([]float64, 0, bootstraps)
	for len(scores) < bootstraps {
		clear(drawn)
		for range images {
			drawn[r.IntN(images)]++
		}
		outside := 0
		for _, n := range drawn {
			if n == 0 {
				outside++
			}
		}
		if outside == 0 {
			continue // only in tiny sets
		}
		fewest, failed := math.MaxInt, 0
		for _, list := range wrong {
			inside, out := 0, 0
			for _, i := range list {
				if inside += drawn[i]; drawn[i] == 0 {
					out++
				}
			}
			if inside < fewest {
				fewest, failed = inside, out
			}
		}
		scores = append(scores, 1-float64(failed)/float64(outside))
		mean += scores[len(scores)-1]
	}
	slices.Sort(scores)
	return mean / bootstraps, Interval{Low: scores[bootstraps/40], High: scores[bootstraps-1-bootstraps/40]}, nil
}
