package numbers

import (
	"fmt"
	"math"

	"inkstone/docs/book/code"
	"inkstone/docs/book/marks"
)

// mathematics computes the numbers of chapter 4.
func mathematics(v marks.Values) error {
	v["ce"] = code.CrossEntropy([]float64{0.2, 0.3, 0.5}, 2)
	for _, percent := range []int{1, 10, 50, 90, 99} {
		v[fmt.Sprintf("ce.%d", percent)] = code.CrossEntropy([]float64{float64(percent) / 100}, 0)
	}
	v["ce.chance"] = math.Log(10)
	for _, preset := range []string{"fast", "tiny"} {
		loss, err := untrained(preset)
		if err != nil {
			return err
		}
		v["ce.start."+preset] = loss
	}
	z := []float64{1, 2, 3}
	for k, p := range code.Softmax(z) {
		v[fmt.Sprintf("softmax.%d", k+1)] = p
		v[fmt.Sprintf("exp.%d", k+1)] = math.Exp(z[k])
	}
	v["exp.sum"] = math.Exp(1) + math.Exp(2) + math.Exp(3)
	for k, d := range code.CrossEntropyGradient(z, 2) {
		v[fmt.Sprintf("cegrad.%d", k+1)] = d
	}
	v["ce.softmax"] = code.CrossEntropy(code.Softmax(z), 2)
	w := []float64{3, -4}
	v["l2"] = code.L2(w, 0.1)
	d := code.L2Gradient(w, 0.1)
	v["l2.d1"], v["l2.d2"] = d[0], d[1]
	// A step of SGD with the penalty, and one with weight decay, on the same weight.
	a, b := []float64{2}, []float64{2}
	code.SGD(a, []float64{0.5 + code.L2Gradient(a, 0.1)[0]}, 0.1)
	code.Decay(b, 0.1, 0.1)
	code.SGD(b, []float64{0.5}, 0.1)
	v["sgd.l2"], v["sgd.decay"] = a[0], b[0]
	for _, gradient := range []float64{10, 0.1} {
		for _, penalty := range []bool{true, false} {
			v[fmt.Sprintf("adam.%g.%t", gradient, penalty)] = adam(gradient, penalty)
		}
	}
	v["stable.big"] = code.Softmax([]float64{1000, 1001})[1]
	return nil
}

// adam returns what 300 steps of Adam leave of a weight of 1 whose gradients cancel, with an L2 penalty or
// with weight decay.
func adam(gradient float64, penalty bool) float64 {
	w, optimizer := []float64{1}, code.Adam{Rate: 0.01}
	for step := range 300 {
		g := []float64{gradient * float64(1-step%2*2)}
		if penalty {
			g[0] += code.L2Gradient(w, 0.1)[0]
		} else {
			code.Decay(w, optimizer.Rate, 0.1)
		}
		optimizer.Step(w, g)
	}
	return w[0]
}
