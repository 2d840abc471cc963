package metrics

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// errorsOf returns the images that a model with this error rate predicts incorrectly.
func errorsOf(r *rand.Rand, images int, rate float64) (wrong []int) {
	for i := range images {
		if r.Float64() < rate {
			wrong = append(wrong, i)
		}
	}
	return wrong
}

// Among 30 models with the same true accuracy of 90 % the best has a higher accuracy on the images
// that it was chosen on. The estimate is close to 90 % over 20 repetitions, and most of the
// intervals hold 90 %.
func TestChosenCorrects(t *testing.T) {
	const models, images, repeats = 30, 400, 20
	r := rand.New(rand.NewPCG(5, 6))
	naive, corrected, covered := 0.0, 0.0, 0
	for range repeats {
		var wrong [][]int
		fewest := images
		for range models {
			wrong = append(wrong, errorsOf(r, images, 0.1))
			fewest = min(fewest, len(wrong[len(wrong)-1]))
		}
		mean, within, err := Chosen(wrong, images)
		if err != nil {
			t.Fatal(err)
		}
		naive += (1 - float64(fewest)/images) / repeats
		corrected += mean / repeats
		if within.Low <= 0.9 && 0.9 <= within.High {
			covered++
		}
	}
	// The best of 30 has about 2 standard deviations (1.5 % each) above the mean.
	if naive < 0.92 || math.Abs(corrected-0.9) > 0.005 || covered < 17 {
		t.Errorf("chosen %.4f, corrected %.4f, %d of %d intervals hold 0.9", naive, corrected, covered, repeats)
	}
}

// A single model needs no correction: the mean is its accuracy up to the noise of the samples. The
// result is the same each time, and perfect models stay perfect.
func TestChosenOfOne(t *testing.T) {
	wrong := [][]int{errorsOf(rand.New(rand.NewPCG(1, 2)), 1000, 0.05)}
	want := 1 - float64(len(wrong[0]))/1000
	mean, within, err := Chosen(wrong, 1000)
	again, _, _ := Chosen(wrong, 1000)
	if err != nil || math.Abs(mean-want) > 0.001 || again != mean || within.Low > want || within.High < want {
		t.Errorf("mean %v then %v, %v, %v, want %v", mean, again, within, err, want)
	}
	if mean, within, err := Chosen([][]int{{0, 1}, {}}, 2); mean != 1 || within != (Interval{1, 1}) || err != nil {
		t.Errorf("%v, %v, %v", mean, within, err)
	}
}

func TestChosenRefuses(t *testing.T) {
	for _, tc := range []struct {
		wrong  [][]int
		images int
		want   string
	}{
		{nil, 10, "0 models"},
		{[][]int{{}}, 1, "1 images"},
		{[][]int{{0}, {1, 1}}, 3, "model 1 has the image 1 at position 1"},
		{[][]int{{3}}, 3, "image 3"},
		{[][]int{{-1}}, 3, "image -1"},
	} {
		if _, _, err := Chosen(tc.wrong, tc.images); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v of %d: error %v, want %q", tc.wrong, tc.images, err, tc.want)
		}
	}
}
