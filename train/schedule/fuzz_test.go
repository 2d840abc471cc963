package schedule

import (
	"math"
	"testing"
)

// A schedule that Parse accepts prints itself in a form that Parse reads, and its factors are
// finite.
func FuzzParse(f *testing.F) {
	for _, k := range kinds {
		s := Schedule{kind: k}
		for _, p := range k.params {
			s.values = append(s.values, p.initial)
		}
		f.Add(s.String(), 3, 10)
	}
	f.Add("cosine:restarts=1000000000", 0, 1)
	f.Add("cosine:warmup=1", 1, 1)
	f.Add("onecycle:start=1e9,end=1e9,warmup=0", 1, math.MaxInt)
	f.Fuzz(func(t *testing.T, text string, step, total int) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(s.String())
		if err != nil || again.String() != s.String() {
			t.Fatalf("%q is printed as %q, which is read as %v, %v", text, s, again, err)
		}
		v := s.Factor(step, total, []float64{1, 0.5, 0.6, 0.7, math.Inf(1), 0.5})
		if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
			t.Fatalf("%q: the factor of step %d of %d is %v", text, step, total, v)
		}
	})
}
