package kernel

import (
	"math"
	"testing"
)

// naiveCrossEntropy returns the mean of -Σ target·log softmax over the used rows,
// with the smoothed target written out.
func naiveCrossEntropy(logits []float64, labels []int32, mix Mixture, weights []float64, cols int, smoothing float64) (loss, weight float64) {
	for i, label := range labels {
		if label < 0 {
			continue
		}
		sum := 0.0
		for _, v := range logits[i*cols:][:cols] {
			sum += math.Exp(v)
		}
		for j, v := range logits[i*cols:][:cols] {
			target := smoothing / float64(cols)
			share := 1.0
			if mix.Shares != nil {
				share = float64(mix.Shares[i])
			}
			w := 1.0
			if weights != nil {
				w = weights[j]
			}
			if j == int(label) {
				target += share * (1 - smoothing)
				weight += share * w
			}
			if mix.Shares != nil && j == int(mix.Others[i]) {
				target += (1 - share) * (1 - smoothing)
				weight += (1 - share) * w
			}
			loss -= w * target * math.Log(math.Exp(v)/sum)
		}
	}
	return loss / weight, weight
}

func TestCrossEntropyByHand(t *testing.T) {
	// Two equal logits: the loss of either label is log 2 = 0.693.
	probs := make([]float64, 2)
	loss, used, err := CrossEntropy(probs, []float64{4, 4}, []int32{1}, Mixture{}, nil, 2, 0)
	must(t, err)
	if math.Abs(loss-math.Ln2) > 1e-15 || used != 1 {
		t.Errorf("loss %v of %v rows, want log 2 of 1", loss, used)
	}
	mustClose(t, "probs", probs, []float64{0.5, 0.5}, 0)
	must(t, CrossEntropyGrad(probs, probs, []int32{1}, Mixture{}, nil, 2, 0, 3))
	mustClose(t, "dx", probs, []float64{1.5, -1.5}, 0)

	// A confident and wrong answer costs the difference of the logits, not +Inf.
	loss, _, err = CrossEntropy(make([]float32, 2), []float32{1e4, 0}, []int32{1}, Mixture{}, nil, 2, 0)
	must(t, err)
	if loss != 1e4 {
		t.Errorf("loss %v, want 1e4", loss)
	}
}

func TestCrossEntropyMatchesNaive(t *testing.T) {
	const rows, cols = 9, 5
	r := newRand(17)
	logits := normal[float64](r, rows*cols)
	labels := []int32{0, 4, -1, 2, 2, -7, 1, 3, 0}
	mixtures := []Mixture{{}, {
		Others: []int32{1, 4, -9, 0, 3, 8, 2, 2, 4}, // the third row and the sixth are not used
		Shares: []float32{0.5, 0.3, -1, 1, 0.75, 7, 0, 0.9, 0.6},
	}}
	for _, weights := range [][]float64{nil, {0.5, 1, 2, 3, 0.25}} {
		for i, smoothing := range []float64{0, 0.1, 1, 0, 0.1, 1} {
			mix := mixtures[i/3]
			want, wantWeight := naiveCrossEntropy(logits, labels, mix, weights, cols, smoothing)
			probs := poison[float64](len(logits))
			loss, weight, err := CrossEntropy(probs, logits, labels, mix, weights, cols, smoothing)
			must(t, err)
			if math.Abs(loss-want) > 1e-14 || math.Abs(weight-wantWeight) > 1e-6 { // the shares are float32
				t.Errorf("smoothing %v, class weights %v: loss %v of weight %v, want %v of %v", smoothing, weights, loss, weight, want, wantWeight)
			}
			softmax := poison[float64](len(logits))
			must(t, Softmax(nil, softmax, logits, cols))
			mustClose(t, "probs", probs, softmax, 0)
			inPlace := append([]float64(nil), logits...)
			if again, _, err := CrossEntropy(inPlace, inPlace, labels, mix, weights, cols, smoothing); err != nil || again != loss {
				t.Errorf("in place: loss %v (%v), want %v", again, err, loss)
			}

			dx := poison[float64](len(logits))
			must(t, CrossEntropyGrad(dx, probs, labels, mix, weights, cols, smoothing, 1/weight))
			mustMatchGradient(t, "dx", dx, logits, func() float64 {
				loss, _, err := CrossEntropy(probs, logits, labels, mix, weights, cols, smoothing)
				must(t, err)
				return loss
			})
		}
	}
}

// Class weights of 1 change nothing but the rounding.
func TestCrossEntropyWeightsOfOne(t *testing.T) {
	logits, labels := []float64{0.3, -1, 2, 0.5, 0, 1}, []int32{0, 2}
	probs := make([]float64, 6)
	plain, n, err := CrossEntropy(probs, logits, labels, Mixture{}, nil, 3, 0.1)
	must(t, err)
	ones, weight, err := CrossEntropy(probs, logits, labels, Mixture{}, []float64{1, 1, 1}, 3, 0.1)
	must(t, err)
	if math.Abs(plain-ones) > 1e-15 || n != weight {
		t.Errorf("loss %v of weight %v, without weights %v of %v", ones, weight, plain, n)
	}
}

func TestCrossEntropyNoUsedRow(t *testing.T) {
	probs := make([]float32, 4)
	loss, used, err := CrossEntropy(probs, []float32{1, 2, 3, 4}, []int32{-1, -1}, Mixture{}, nil, 2, 0)
	if loss != 0 || used != 0 || err != nil {
		t.Errorf("loss %v, used %v, error %v; want 0, 0, nil", loss, used, err)
	}
	dx := poison[float32](4)
	must(t, CrossEntropyGrad(dx, probs, []int32{-1, -1}, Mixture{}, nil, 2, 0, 1))
	mustClose(t, "dx", dx, make([]float32, 4), 0)
}

func TestCrossEntropyErrors(t *testing.T) {
	x, labels := make([]float32, 6), []int32{0, 1}
	_, _, err := CrossEntropy(x, x, []int32{0, 3}, Mixture{}, nil, 3, 0)
	mustFail(t, err, "cross-entropy: label of row 1 is 3, expected less than 3")
	_, _, err = CrossEntropy(x, x, labels, Mixture{}, nil, 0, 0)
	mustFail(t, err, "0 classes")
	_, _, err = CrossEntropy(x, x, labels, Mixture{}, nil, 2, 0)
	mustFail(t, err, "logits has 6 elements, expected 4")
	_, _, err = CrossEntropy(x[1:], x, labels, Mixture{}, nil, 3, 0)
	mustFail(t, err, "probs has 5")
	_, _, err = CrossEntropy(x, x, labels, Mixture{}, nil, 3, 1.5)
	mustFail(t, err, "smoothing is 1.5", "0 to 1")
	_, _, err = CrossEntropy(x, x, labels, Mixture{}, nil, 3, float32(math.NaN()))
	mustFail(t, err, "smoothing is NaN")
	mustFail(t, CrossEntropyGrad(x[1:], x, labels, Mixture{}, nil, 3, 0, 1), "dx has 5")
	mustFail(t, CrossEntropyGrad(x, x, []int32{9, 0}, Mixture{}, nil, 3, 0, 1), "row 0 is 9")
	_, _, err = CrossEntropy(x, x, labels, Mixture{Shares: []float32{1}}, nil, 3, 0)
	mustFail(t, err, "0 second labels and 1 shares for 2 rows")
	_, _, err = CrossEntropy(x, x, labels, Mixture{Others: []int32{0, 1}}, nil, 3, 0)
	mustFail(t, err, "2 second labels and 0 shares")
	_, _, err = CrossEntropy(x, x, labels, Mixture{[]int32{0, 3}, []float32{1, 1}}, nil, 3, 0)
	mustFail(t, err, "second label of row 1 is 3, expected 0 to 2")
	_, _, err = CrossEntropy(x, x, labels, Mixture{[]int32{-1, 1}, []float32{1, 1}}, nil, 3, 0)
	mustFail(t, err, "second label of row 0 is -1")
	_, _, err = CrossEntropy(x, x, labels, Mixture{[]int32{0, 1}, []float32{1, 1.5}}, nil, 3, 0)
	mustFail(t, err, "share of row 1 is 1.5, expected 0 to 1")
	_, _, err = CrossEntropy(x, x, labels, Mixture{[]int32{0, 1}, []float32{float32(math.NaN()), 1}}, nil, 3, 0)
	mustFail(t, err, "share of row 0 is NaN")
	mustNotAllocate(t, "CrossEntropy", func() error {
		_, _, err := CrossEntropy(x, x, labels, Mixture{}, nil, 3, 0.1)
		return err
	})
	_, _, err = CrossEntropy(x, x, labels, Mixture{}, []float64{1, 2}, 3, 0)
	mustFail(t, err, "2 class weights, expected 3")
	mustNotAllocate(t, "CrossEntropyGrad", func() error { return CrossEntropyGrad(x, x, labels, Mixture{}, nil, 3, 0.1, 1) })
}
