package pretrained_test

import (
	"os"
	"testing"

	"inkstone/model/pretrained"
	"inkstone/train"
	"inkstone/train/data/digits"
	"inkstone/train/data/mnist"
)

// The model reads the built-in digits, which it was not trained on.
func TestBuiltInDigits(t *testing.T) {
	m, err := pretrained.Tiny()
	if err != nil {
		t.Fatal(err)
	}
	if m.Preset != "tiny" || m.Dataset != "mnist" || m.Accuracy < 0.99 || len(m.Notes()) > 0 {
		t.Errorf("the model is %v, %v", m, m.Notes())
	}
	c, err := m.Classifier(64, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	pixels, labels := digits.Generate(77, 320)
	right := 0
	for done := 0; done < len(labels); done += 64 {
		logits, err := c.Logits(64, func(i int) []byte { return pixels[(done+i)*784 : (done+i+1)*784] })
		if err != nil {
			t.Fatal(err)
		}
		for i := range 64 {
			best := 0
			for k, v := range logits[i*10 : i*10+10] {
				if v > logits[i*10+best] {
					best = k
				}
			}
			if best == int(labels[done+i]) {
				right++
			}
		}
	}
	if right < 304 {
		t.Errorf("%d of 320 built-in digits are read right, want 95 %%", right)
	}
	// A second model does not share its parameters with the first.
	other, err := pretrained.Tiny()
	if err != nil {
		t.Fatal(err)
	}
	first := m.Params.Get("fc1.bias").Value().Data().([]float32)
	old := first[0]
	first[0] = 100
	if got := other.Params.Get("fc1.bias").Value().Data().([]float32)[0]; got != old {
		t.Errorf("after a change of one model the other has %v, want %v", got, old)
	}
}

func TestAccuracy(t *testing.T) {
	if os.Getenv(mnist.Env) == "" {
		t.Skipf("%s is not set", mnist.Env)
	}
	m, err := pretrained.Tiny()
	if err != nil {
		t.Fatal(err)
	}
	test, err := mnist.LoadTest(t.Context(), mnist.Options{Name: mnist.Default, Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	score, err := train.Evaluate(t.Context(), m, test, 0)
	if err != nil {
		t.Fatal(err)
	}
	if score.Accuracy < 0.994 || score.Accuracy != m.Accuracy {
		t.Errorf("the test accuracy is %v, want at least 99.4 %% and %v, as the file says", score, m.Accuracy)
	}
}
