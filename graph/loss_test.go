package graph

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// crossEntropyNet declares the cross-entropy of its input, the logits.
func crossEntropyNet(smoothing float64, labels ...int32) Net {
	return func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		n := b.Labels("labels", len(labels))
		if n != nil {
			copy(n.Value().Data().([]int32), labels)
		}
		return b.CrossEntropy(x, n, smoothing)
	}
}

// mixedNet declares the cross-entropy of its input, the logits, and of mixtures.
func mixedNet(smoothing float64, labels, others []int32, shares []float32) Net {
	return func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		l, o, s := b.Labels("labels", len(labels)), b.Labels("others", len(others)), b.Shares("shares", len(shares))
		if s != nil {
			copy(l.Value().Data().([]int32), labels)
			copy(o.Value().Data().([]int32), others)
			copy(s.Value().Data().([]float32), shares)
		}
		return b.MixedCrossEntropy(x, l, o, s, smoothing)
	}
}

// The loss of a mixture, and its gradient, is the average of those for its two labels,
// weighted by their shares.
func TestMixedCrossEntropy(t *testing.T) {
	ln := math.Log
	p := []float64{ln(0.2), ln(0.3), ln(0.5)}
	hand := compile(t, NewParams64(1), Train, []int{1, 3}, mixedNet(0, []int32{2}, []int32{0}, []float32{0.75}))
	mustClose(t, "loss", hand.output(t, p), []float64{0.75*ln(2) + 0.25*ln(5)}, 1e-15)

	const classes, rows = 5, 4
	labels, others, shares := []int32{3, 0, -1, 4}, []int32{1, 0, 7, 2}, []float32{0.7, 0.2, -1, 1}
	x := noise("mixed cross-entropy", rows*classes)
	for _, smoothing := range []float64{0, 0.1} {
		mixed := newProbe(t, NewParams64(1), []int{rows, classes}, mixedNet(smoothing, labels, others, shares))
		fill(mixed.x.value, x)
		loss, d := 0.0, make([]float64, len(x))
		for row, label := range labels {
			if label < 0 {
				continue
			}
			for _, part := range []struct {
				label int32
				share float64
			}{{label, float64(shares[row])}, {others[row], 1 - float64(shares[row])}} {
				alone := []int32{-1, -1, -1, -1}
				alone[row] = part.label
				one := newProbe(t, NewParams64(1), []int{rows, classes}, crossEntropyNet(smoothing, alone...))
				fill(one.x.value, x)
				loss += part.share * one.value(t) / 3
				for i, v := range gradient(t, one) {
					d[i] += part.share * v / 3
				}
			}
		}
		mustClose(t, "loss", []float64{mixed.value(t)}, []float64{loss}, 1e-15)
		mustClose(t, "gradient", gradient(t, mixed), d, 1e-15)
	}
}

// gradient returns the gradient with respect to the input of a probe.
func gradient(t *testing.T, p *probe) []float64 {
	t.Helper()
	g, err := p.Learned()[0].Grad()
	if err != nil {
		t.Fatal(err)
	}
	return values(t, g)
}

func TestCrossEntropyByHand(t *testing.T) {
	ln := math.Log
	// The softmax of logarithms of probabilities is the probabilities.
	p := []float64{ln(0.2), ln(0.3), ln(0.5)}
	two := append([]float64{ln(0.1), ln(0.1), ln(0.8)}, p...)
	for _, tc := range []struct {
		name      string
		logits    []float64
		smoothing float64
		labels    []int32
		want      float64
	}{
		{"a half", p, 0, []int32{2}, ln(2)},
		{"a fifth", p, 0, []int32{0}, ln(5)},
		{"mean of two rows", two, 0, []int32{0, 2}, (ln(10) + ln(2)) / 2},
		{"row not used", two, 0, []int32{0, -1}, ln(10)},
		{"no row used", two, 0, []int32{-1, -1}, 0},
		{"smoothing", p, 0.3, []int32{2}, -(0.1*ln(0.2) + 0.1*ln(0.3) + 0.8*ln(0.5))},
		{"uniform", []float64{4, 4, 4}, 0, []int32{1}, ln(3)},
		{"no overflow", []float64{10000, 0, 0}, 0, []int32{0}, 0},
		{"far from right", []float64{10000, 0, 0}, 0, []int32{1}, 10000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			shape := []int{len(tc.labels), 3}
			got := compile(t, NewParams64(1), Train, shape, crossEntropyNet(tc.smoothing, tc.labels...)).output(t, tc.logits)
			mustClose(t, "loss", got, []float64{tc.want}, 1e-15)
		})
	}
}

func TestCrossEntropyNaive(t *testing.T) {
	const classes = 7
	labels := []int32{3, 0, -1, 6, 2, -5, 1}
	x := noise("cross-entropy", len(labels)*classes)
	for _, smoothing := range []float64{0, 0.1, 0.5} {
		p := newProbe(t, NewParams64(1), []int{len(labels), classes}, crossEntropyNet(smoothing, labels...))
		fill(p.x.value, x)
		loss, used := 0.0, 5.0
		d := make([]float64, len(x))
		for i, label := range labels {
			if label < 0 {
				continue
			}
			row, sum := x[i*classes:][:classes], 0.0
			for _, v := range row {
				sum += math.Exp(v)
			}
			for k, v := range row {
				target := smoothing / classes
				if k == int(label) {
					target += 1 - smoothing
				}
				loss -= target * math.Log(math.Exp(v)/sum) / used
				d[i*classes+k] = (math.Exp(v)/sum - target) / used
			}
		}
		mustClose(t, "loss", []float64{p.value(t)}, []float64{loss}, 1e-14)
		g, err := p.Learned()[0].Grad()
		if err != nil {
			t.Fatal(err)
		}
		mustClose(t, "gradient", values(t, g), d, 1e-14)
	}
}

func TestCrossEntropyErrors(t *testing.T) {
	runRefused(t, []refused{
		{[]int{6}, crossEntropyNet(0, 1, 2), "cross-entropy: logits have shape (6), want batch, classes"},
		{[]int{3, 4}, crossEntropyNet(0, 1, 2), "cross-entropy: labels have shape (2), want [3] for logits (3, 4)"},
		{[]int{2, 4}, crossEntropyNet(1, 1, 2), "cross-entropy: label smoothing is 1, want at least 0 and below 1"},
		{[]int{2, 4}, crossEntropyNet(math.NaN(), 1, 2), "cross-entropy: label smoothing is NaN, want at least 0 and below 1"},
		{[]int{2, 4}, crossEntropyNet(0), `labels "labels": batch is 0, want at least 1`},
		{[]int{2, 4}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.CrossEntropy(x, nil, 0) }, "cross-entropy: logits "},
		{[]int{2, 4}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node { return b.CrossEntropy(x, nil, 0) }, "an input is nil"},
		{[]int{2, 4}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.CrossEntropy(x, b.newLeaf("floats", tensor.New(tensor.WithShape(2), tensor.Of(tensor.Float64))), 0)
		}, "cross-entropy: labels are float64, want int32"},
		{[]int{2, 4}, mixedNet(0, []int32{1, 2}, []int32{1}, []float32{1, 1}), "cross-entropy: second labels have shape (1), want [2]"},
		{[]int{2, 4}, mixedNet(0, []int32{1, 2}, []int32{1, 2}, []float32{1}), "cross-entropy: shares have shape (1), want [2]"},
		{[]int{2, 4}, mixedNet(1, []int32{1, 2}, []int32{1, 2}, []float32{1, 1}), "cross-entropy: label smoothing is 1"},
		{[]int{2, 4}, mixedNet(0, []int32{1, 2}, []int32{1, 2}, nil), `shares "shares": batch is 0, want at least 1`},
		{[]int{2, 4}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.MixedCrossEntropy(x, b.Labels("a", 2), b.Labels("b", 2), b.Labels("c", 2), 0)
		}, "cross-entropy: shares are int32, want float32"},
	})
	s := compile(t, NewParams64(1), Train, []int{2, 4}, crossEntropyNet(0, 1, 4))
	mustFail(t, s.run(), "crossentropy: cross-entropy: label of row 1 is 4, expected less than 4")
}

// TestL2PenaltyByHand checks the value, 0.1/2 * (1+4+9) = 0.7, and the gradient: 0.1 times
// the weight plus 1 from the rest of the loss.
func TestL2PenaltyByHand(t *testing.T) {
	p := newProbe(t, NewParams64(1), []int{1, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		y := b.Dense("fc1", x, 1, Weights(constant(1, 2, 3)), Bias(constant(100)))
		y = b.Dense("fc2", y, 1, Weights(constant(1)), NoBias)
		return gorgonia.Must(gorgonia.Add(gorgonia.Must(gorgonia.Sum(y)), b.L2Penalty(0.1, "fc1.*")))
	})
	fill(p.x.value, []float64{1, 1, 1})
	mustClose(t, "loss", []float64{p.value(t)}, []float64{6 + 100 + 0.7}, 1e-15)
	want := map[string][]float64{"x": {1, 2, 3}, "fc1.weight": {1.1, 1.2, 1.3}, "fc1.bias": {1}, "fc2.weight": {106}}
	for i, vg := range p.Learned() {
		g, err := vg.Grad()
		if err != nil {
			t.Fatal(err)
		}
		name := p.builder.learned[i].Name()
		mustClose(t, name, values(t, g), want[name], 1e-15)
	}
}

func TestL2PenaltyErrors(t *testing.T) {
	penalty := func(weight float64, pattern string) Net {
		return func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			b.Dense("fc", x, 2)
			return b.L2Penalty(weight, pattern)
		}
	}
	runRefused(t, []refused{
		{[]int{2, 3}, penalty(-1, "*"), "L2 penalty: factor is -1, want at least 0"},
		{[]int{2, 3}, penalty(math.NaN(), "*"), "L2 penalty: factor is NaN, want at least 0"},
		{[]int{2, 3}, penalty(1, "conv*"), `L2 penalty: pattern "conv*" matches no trainable weight of [fc.weight fc.bias]`},
		{[]int{2, 3}, penalty(1, "fc.bias"), `L2 penalty: pattern "fc.bias" matches no trainable weight`},
		{[]int{2, 3}, penalty(1, "["), `L2 penalty: pattern "[" is not valid`},
	})
}

// weightedNet declares a loss with class weights of its input, the logits of three rows, of
// which the second is not used.
func weightedNet(loss Loss) Net {
	return func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		in := []*gorgonia.Node{x, b.Labels("labels", 3)}
		copy(in[1].Value().Data().([]int32), []int32{2, -1, 0})
		if loss.Mixed {
			in = append(in, b.Labels("others", 3), b.Shares("shares", 3))
			copy(in[2].Value().Data().([]int32), []int32{0, 1, 3})
			copy(in[3].Value().Data().([]float32), []float32{0.6, 0.5, 0.9})
		}
		return b.declareCrossEntropy(in, loss)
	}
}

// The weighted loss, worked by hand with the formula of PyTorch's
// CrossEntropyLoss(weight=..., label_smoothing=...).
func TestWeightedCrossEntropy(t *testing.T) {
	ln := math.Log
	row := []float64{ln(0.2), ln(0.3), ln(0.5)}
	var x []float64
	for range 3 {
		x = append(x, row...)
	}
	weights := []float64{1, 2, 4}
	smoothed := 0.1 / 3 * (1*ln(1/0.2) + 2*ln(1/0.3) + 4*ln(1/0.5))
	for smoothing, want := range map[float64]float64{
		0:   (4*ln(2) + 1*ln(5)) / (4 + 1),
		0.1: (0.9*(4*ln(2)+1*ln(5)) + 2*smoothed) / (4 + 1),
	} {
		net := compile(t, NewParams64(1), Train, []int{3, 3}, weightedNet(Loss{ClassWeights: weights, Smoothing: smoothing}))
		mustClose(t, "loss", net.output(t, x), []float64{want}, 1e-15)
	}
}
