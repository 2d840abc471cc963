package numbers

import (
	"testing"

	"inkstone/docs/book/measure"
)

// A measured number has its mean, its deviation and its extremes.
func TestMeasured(t *testing.T) {
	v := measured("a.b", measure.Number{Runs: []float64{1, 2, 6}})
	for name, want := range map[string]any{"a.b": 3.0, "a.b.min": 1.0, "a.b.max": 6.0, "a.b.n": 3} {
		if v[name] != want {
			t.Errorf("%s is %v, want %v", name, v[name], want)
		}
	}
}
