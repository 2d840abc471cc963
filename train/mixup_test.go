package train

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
)

// The distribution function of the shares is F(s) - F(1-s), where F is that of
// Beta(alpha, alpha). It is known in closed form for three values of alpha. The largest distance
// of the distribution of n samples from it exceeds 1.95/sqrt(n) with a probability of 0.001
// (Kolmogorov). The samples are the same in each run of the test.
func TestSharesAreBeta(t *testing.T) {
	const n = 20000
	for _, tc := range []struct {
		alpha float64
		f     func(x float64) float64
	}{
		{1, func(x float64) float64 { return x }},
		{2, func(x float64) float64 { return x * x * (3 - 2*x) }},
		{0.5, func(x float64) float64 { return 2 / math.Pi * math.Asin(math.Sqrt(x)) }},
	} {
		m := &mixer{alpha: tc.alpha, run: 1}
		s := make([]float64, n)
		for i := range s {
			s[i] = float64(m.share(i/2, 1+i%2))
		}
		slices.Sort(s)
		distance := 0.0
		for i, x := range s {
			p := tc.f(x) - tc.f(1-x)
			distance = max(distance, math.Abs(p-float64(i)/n), math.Abs(p-float64(i+1)/n))
		}
		if limit := 1.95 / math.Sqrt(n); distance > limit || s[0] < 0.5 || s[n-1] > 1 {
			t.Errorf("alpha %v: distance %v from the distribution, want at most %v; shares from %v to %v, want 0.5 to 1", tc.alpha, distance, limit, s[0], s[n-1])
		}
	}
	for _, alpha := range []float64{1e-9, 1e9} {
		for i := range 100 {
			if s := (&mixer{alpha: alpha}).share(i, 1); s != s || alpha < 1 && s != 1 || alpha > 1 && s > 0.51 {
				t.Errorf("alpha %v: share %v", alpha, s)
			}
		}
	}
}

// Each image is mixed with the next image before mixing, and the last one with the first one.
func TestMixByHand(t *testing.T) {
	m := &mixer{alpha: 1, run: 5}
	b := &batch{inputs: [][]float32{[]float32{1, 2, 10, 20, 100, 200, -1, -1}}, labels: []int32{7, 8, 9, -1}, others: make([]int32, 4), shares: make([]float32, 4)}
	m.mix(b, []int{40, 30, 20}, 2)
	s := []float32{m.share(40, 2), m.share(30, 2), m.share(20, 2)}
	if !slices.Equal(b.labels, []int32{7, 8, 9, -1}) || !slices.Equal(b.others[:3], []int32{8, 9, 7}) || !slices.Equal(b.shares[:3], s) {
		t.Errorf("labels %v and %v, shares %v; want shares %v", b.labels, b.others, b.shares, s)
	}
	want := []float32{
		s[0]*1 + (1-s[0])*10, s[0]*2 + (1-s[0])*20,
		s[1]*10 + (1-s[1])*100, s[1]*20 + (1-s[1])*200,
		s[2]*100 + (1-s[2])*1, s[2]*200 + (1-s[2])*2,
		-1, -1,
	}
	for i, v := range want {
		if d := math.Abs(float64(b.inputs[0][i] - v)); d > 1e-4 {
			t.Errorf("input %v, want %v", b.inputs[0], want)
			break
		}
	}
	if m.share(40, 2) == m.share(40, 3) || m.share(40, 2) == m.share(41, 2) {
		t.Error("the share does not change with the epoch and the image")
	}
}

func TestMixupLearns(t *testing.T) {
	cfg := quick
	cfg.Mixup = 0.4
	m := fresh(t, "tiny")
	h, err := Fit(t.Context(), m, stripes(t, 200, 1), stripes(t, 60, 2), cfg)
	if err != nil {
		t.Fatal(err)
	}
	last := h.Epochs[2]
	if last.Validation.Accuracy < 0.95 || last.TrainLoss <= last.Validation.Loss {
		t.Errorf("validation %v, training loss %v: want an accuracy of 0.95 and a larger training loss, due to the mixtures", last.Validation, last.TrainLoss)
	}
	for _, workers := range []int{1, 3} {
		again := fresh(t, "tiny")
		cfg.Workers = workers
		if _, err := Fit(t.Context(), again, stripes(t, 200, 1), stripes(t, 60, 2), cfg); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(bytesOf(t, m), bytesOf(t, again)) {
			t.Errorf("the run with %d workers gives another model", workers)
		}
	}
	for _, alpha := range []float64{-1, math.NaN(), math.Inf(1)} {
		cfg.Mixup = alpha
		if _, err := New(fresh(t, "tiny"), stripes(t, 40, 1), nil, cfg); err == nil || !strings.Contains(err.Error(), "mixup") {
			t.Errorf("alpha %v: error is %v, want one about mixup", alpha, err)
		}
	}
}
