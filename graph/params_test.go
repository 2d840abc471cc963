package graph

import (
	"fmt"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
)

// TestPortableOrder compares the portable elements of each parameter with a transpose of its
// native elements.
func TestPortableOrder(t *testing.T) {
	params := NewParams(1)
	compile(t, params, Train, []int{2, 6, 5, 2}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		x = b.Conv("conv", x, 4, 3, Groups(2), Bias(gaussian)) // 4x3x4
		x = b.BatchNorm("bnflat", b.Tanh(b.Flatten(x)))        // 48
		x = b.Dense("flat", b.Dropout(x, 0.1), 7)              // 48 to 7
		return b.Dense("plain", b.BatchNorm("bnplain", x), 10)
	})
	for _, tc := range []struct {
		name         string
		native, perm []int
		portable     []int
	}{
		{"conv.weight", []int{3, 3, 1, 4}, []int{3, 2, 0, 1}, []int{4, 1, 3, 3}}, // HWIO to OIHW
		{"conv.bias", []int{4}, []int{0}, []int{4}},
		{"bnflat.weight", []int{4, 3, 4}, []int{2, 0, 1}, []int{48}}, // HWC to CHW
		{"bnflat.running_mean", []int{4, 3, 4}, []int{2, 0, 1}, []int{48}},
		{"flat.weight", []int{4, 3, 4, 7}, []int{3, 2, 0, 1}, []int{7, 48}}, // HWC by O to O by CHW
		{"bnplain.weight", []int{7}, []int{0}, []int{7}},
		{"plain.weight", []int{7, 10}, []int{1, 0}, []int{10, 7}}, // IO to OI
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := params.Get(tc.name)
			fill(p.Value(), noise(tc.name, p.Len()))
			native := values(t, p.Value())
			flat := p.Portable()
			got := make([]float64, len(flat))
			for i, v := range flat {
				got[i] = float64(v)
			}
			mustClose(t, "portable", got, transpose(native, tc.native, tc.perm), 0)
			if s := p.PortableShape(); !slices.Equal(s, tc.portable) {
				t.Errorf("portable shape %v, want %v", s, tc.portable)
			}
			// SetPortable is the inverse.
			fill(p.Value(), []float64{0})
			if err := p.SetPortable(tc.portable, flat); err != nil {
				t.Fatal(err)
			}
			mustClose(t, "native", values(t, p.Value()), native, 0)
		})
	}
}

// TestPortableIsACopy checks that neither Portable nor SetPortable shares memory with the
// parameter.
func TestPortableIsACopy(t *testing.T) {
	params := NewParams64(1)
	compile(t, params, Train, []int{1, 2}, denseNet(1, Weights(Ones)))
	p := params.Get("d.weight")
	flat := p.Portable()
	flat[0] = 5
	p.PortableShape()[0] = 9
	mustClose(t, "weight", values(t, p.Value()), []float64{1, 1}, 0)
	if err := p.SetPortable([]int{1, 2}, flat); err != nil {
		t.Fatal(err)
	}
	flat[0] = 6
	mustClose(t, "weight", values(t, p.Value()), []float64{5, 1}, 0)
}

func TestSetPortableErrors(t *testing.T) {
	params := NewParams(1)
	compile(t, params, Train, []int{1, 3}, denseNet(2, Weights(Ones)))
	p := params.Get("d.weight")
	mustFail(t, p.SetPortable([]int{3, 2}, make([]float32, 6)), `parameter "d.weight": shape [3 2], want [2 3]`)
	mustFail(t, p.SetPortable([]int{2, 3}, make([]float32, 5)), `parameter "d.weight": 5 values, want 6 for shape [2 3]`)
	mustClose(t, "weight after the errors", values(t, p.Value()), []float64{1, 1, 1, 1, 1, 1}, 0)
}

func TestParamsStore(t *testing.T) {
	params := NewParams(42)
	compile(t, params, Train, []int{2, 3}, func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.BatchNorm("bn", b.Dense("fc", x, 2))
	})
	names := []string{"fc.weight", "fc.bias", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"}
	if got := params.Names(); !slices.Equal(got, names) {
		t.Errorf("names %v, want %v", got, names)
	}
	if params.Seed() != 42 || params.Count() != 6+2+2+2 {
		t.Errorf("seed %d, %d learned elements, want 42 and 12", params.Seed(), params.Count())
	}
	if params.Get("fc") != nil {
		t.Error("a parameter of an unknown name")
	}
	params.Get("fc.bias").frozen = true
	want := "fc.weight [2 3] trainable\nfc.bias [2] frozen\nbn.weight [2] trainable\nbn.bias [2] trainable\n" +
		"bn.running_mean [2] statistic\nbn.running_var [2] statistic\n"
	if got := params.String(); got != want {
		t.Errorf("the store shows as\n%swant\n%s", got, want)
	}
	for i, p := range params.All() {
		if p.Name() != names[i] || p.Trainable() != (i == 0 || i == 2 || i == 3) || p.Statistic() != (i >= 4) || p.Frozen() != (i == 1) {
			t.Errorf("parameter %d is %v", i, fmt.Sprint(p))
		}
	}
}
