package train

import (
	"bytes"
	"testing"
)

// Without a distortion the accuracy is that of the evaluation, for any number of workers, and
// stripes across that are turned by 60 degrees look like stripes down.
func TestRobustness(t *testing.T) {
	cfg, m, set := quick, fresh(t, "tiny"), stripes(t, 60, 2)
	cfg.Epochs = 2
	if _, err := Fit(t.Context(), m, stripes(t, 200, 1), nil, cfg); err != nil {
		t.Fatal(err)
	}
	score, err := Evaluate(t.Context(), m, set, 1)
	if err != nil {
		t.Fatal(err)
	}
	steps := 0
	r, err := MeasureRobustness(t.Context(), m, set, 1, func() { steps++ })
	if err != nil {
		t.Fatal(err)
	}
	again, err := MeasureRobustness(t.Context(), m, set, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	if steps != RobustnessSteps() || r.Images != 60 || len(r.Curves) != len(robustnessKinds) {
		t.Fatalf("%d steps, %d images, %d curves", steps, r.Images, len(r.Curves))
	}
	for i, c := range r.Curves {
		for j, p := range c.Points {
			if other := again.Curves[i].Points[j]; p.Accuracy != other.Accuracy || !bytes.Equal(p.Example, other.Example) {
				t.Errorf("%s of %v: %+v, with two workers %+v", c.Distortion, p.Amount, p, other)
			}
			if p.Amount == 0 && (p.Errors != score.Errors || p.Accuracy != score.Accuracy || !bytes.Equal(p.Example, set.Pixels(0))) {
				t.Errorf("%s of 0: %d errors, want %d", c.Distortion, p.Errors, score.Errors)
			}
			if p.Amount != 0 && bytes.Equal(p.Example, set.Pixels(0)) {
				t.Errorf("%s of %v does not change the image", c.Distortion, p.Amount)
			}
		}
		if last := c.Points[len(c.Points)-1]; c.Distortion == "rotation" && last.Accuracy > score.Accuracy-0.2 {
			t.Errorf("turned by 60 degrees the accuracy is %.2f, upright %.2f", last.Accuracy, score.Accuracy)
		}
	}
}
