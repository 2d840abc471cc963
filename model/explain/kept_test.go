package explain

import (
	"reflect"
	"slices"
	"testing"

	"inkstone/model"
)

// An explainer that keeps its sessions explains each image, and the parameters at the time of the
// call, as a new explainer does, also after a session was closed to make room.
func TestKeptSessions(t *testing.T) {
	models := []*model.Model{fresh(t, crossing, 12, 12, 3)}
	for _, preset := range []string{"tiny", "lenet5"} {
		m, err := model.New(model.Spec{Preset: preset, Seed: 2})
		if err != nil {
			t.Fatal(err)
		}
		models = append(models, m)
	}
	for _, m := range models {
		kept := opened(t, m)
		one := noise(m.Height * m.Width)
		other := slices.Clone(one)
		slices.Reverse(other)
		check := func(when string, pixels []byte) {
			t.Helper()
			for _, l := range append(kept.Layers(), Probabilities) {
				at := make([]int, 1)
				if k := slices.Index(kept.Layers(), l); k >= 0 {
					at = make([]int, len(perImage(kept.layers[k], kept.layers[k].Output)))
				}
				e := opened(t, m)
				want, err := e.Values(pixels, l)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := kept.Values(pixels, l); err != nil || !slices.Equal(got, want) {
					t.Errorf("%s: %s: %s: the values differ from those of a new explainer (%v)", m.Preset, when, l, err)
				}
				reason, err := opened(t, m).Arithmetic(pixels, l, at...)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := kept.Arithmetic(pixels, l, at...); err != nil || !reflect.DeepEqual(got, reason) {
					t.Errorf("%s: %s: %s: the arithmetic is %v (%v), want %v", m.Preset, when, l, got, err, reason)
				}
			}
		}
		check("first image", one)
		if n := len(kept.kept); n != len(kept.layers) {
			t.Fatalf("%s: %d sessions are kept for %d layers", m.Preset, n, len(kept.layers))
		}
		check("other image", other)
		for _, p := range m.Params.All() {
			values := p.Value().Data().([]float32)
			for i := range values {
				values[i] *= 1.25
			}
		}
		check("other parameters", other)
		if err := kept.makeRoom(0); err != nil || len(kept.kept) != 0 {
			t.Errorf("%s: %d sessions are left (%v)", m.Preset, len(kept.kept), err)
		}
		check("closed sessions", one)
	}
}

// The sessions that were used last are kept.
func TestMakeRoom(t *testing.T) {
	m := fresh(t, crossing, 12, 12, 3)
	e, pixels := opened(t, m), noise(144)
	names, values := e.Layers()[:3], 0
	for _, l := range e.layers {
		values += l.Output.TotalSize()
	}
	for _, k := range []int{0, 1, 2, 0} {
		if _, err := e.Values(pixels, names[k]); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.makeRoom(3 * values); err != nil {
		t.Fatal(err)
	}
	if len(e.kept) != 2 || e.kept[0].layer != names[2] || e.kept[1].layer != names[0] {
		t.Errorf("%d sessions are left, want those of %s and %s", len(e.kept), names[2], names[0])
	}
}
