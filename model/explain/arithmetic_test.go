package explain

import (
	"math"
	"strings"
	"testing"

	"inkstone/graph"
	"inkstone/model"
)

// The formula gives the value that the kernel computed, for each layer of each network, at the
// corners, where the padding is, and in the middle.
func TestArithmeticAgrees(t *testing.T) {
	models := []*model.Model{fresh(t, crossing, 12, 10, 3)}
	for _, name := range []string{"lenet5", "tiny", "resnet"} {
		m, err := model.New(model.Spec{Preset: name})
		if err != nil {
			t.Fatal(err)
		}
		models = append(models, m)
	}
	for _, m := range models {
		e, pixels := opened(t, m), noise(m.Height*m.Width)
		custom := 0
		for _, l := range e.layers {
			o := operand{shape: perImage(l, l.Output)}
			size := 1
			for _, n := range o.shape {
				size *= n
			}
			for _, offset := range []int{0, size / 2, size - 1} {
				a, err := e.Arithmetic(pixels, l.Name, o.at(offset)...)
				if err != nil {
					t.Fatal(err)
				}
				if a.Error() > 1e-6 {
					t.Errorf("%s: %s %v is %v, the formula gives %v:\n%v", m.Preset, l.Name, a.At, a.Value, a.Result, a)
				}
				if a.Terms == nil {
					custom++
				} else if !strings.Contains(a.String(), a.Terms[0].From) || a.HTML() == "" {
					t.Errorf("%s %s: the text is %q", m.Preset, l.Name, a)
				}
			}
		}
		if want := map[string]int{"explaintest": 3}[m.Preset]; custom != want { // the custom operation
			t.Errorf("%s: %d values have no terms, want %d", m.Preset, custom, want)
		}
	}
}

// The probabilities are a layer of their own, after the logits.
func TestArithmeticOfProbabilities(t *testing.T) {
	m := fresh(t, linear, 3, 3, 4)
	e, pixels := opened(t, m), noise(9)
	want, err := e.Probabilities(pixels)
	if err != nil {
		t.Fatal(err)
	}
	for k, p := range want {
		a, err := e.Arithmetic(pixels, Probabilities, k)
		if err != nil {
			t.Fatal(err)
		}
		if a.Kind != "softmax" || len(a.Terms) != 4 || a.Terms[0].From != "fc" || math.Abs(a.Value-p) > 1e-6 || a.Error() > 1e-6 {
			t.Errorf("class %d: %v, want %v", k, a, p)
		}
	}
	if _, err := e.Arithmetic(pixels, Probabilities, 4); err == nil {
		t.Error("class 4 of 4: no error")
	}
}

// A convolution by hand: the input is (0 - 0.2)/0.5 = -0.4, and 1.6 for white.
func TestArithmeticByHand(t *testing.T) {
	m := fresh(t, func(b *graph.Builder, x *graph.Node) *graph.Node {
		return b.Dense("fc", b.Flatten(b.Conv("conv1", x, 1, 2, graph.Pad(1, 0, 1, 0))), b.Classes())
	}, 2, 2, 2)
	set(m, "conv1.weight", 1, 2, 3, 4)
	set(m, "conv1.bias", 0.5)
	a, err := opened(t, m).Arithmetic([]byte{255, 0, 0, 255}, "conv1", 1, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	// The window at row 1, column 0 has the padding on its left: 2*1.6 + 4*-0.4 + 0.5 = 2.1.
	if math.Abs(a.Value-2.1) > 1e-6 || math.Abs(a.Result-2.1) > 1e-6 || len(a.Terms) != 4 || !a.Terms[0].Padding || a.Terms[1].Weight != 2 {
		t.Errorf("got %v, want 2.1", a)
	}
	const want = `conv1 (1, 0, 0) = 2.1
conv: sum of window × kernel + bias
4 products: 1.6, bias 0.5, sum 2.1
  images (0, 0, 0)  1.6 × 2 = 3.2
  images (1, 0, 0)  −0.4 × 4 = −1.6
  padding            0 × 1
  padding            0 × 3
`
	if got := a.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
