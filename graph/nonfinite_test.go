package graph

import (
	"math"
	"strings"
	"testing"
)

// TestNonFinite checks that the first parameter or output that is not finite is found.
func TestNonFinite(t *testing.T) {
	params := NewParams(1)
	cfg := smallConfig(3)
	cfg.KeepValues = true
	s := newTraining(t, params, smallNet, cfg)
	mustStep(t, s, 3, 0)
	if found := s.NonFinite(); found != nil {
		t.Errorf("found %+v after a step with finite values", found)
	}
	for _, tc := range []struct {
		param string
		value float64
	}{{"fc1.bias", math.NaN()}, {"conv2.weight", math.Inf(-1)}} {
		valuesOf(params.Get(tc.param).value).set(1, tc.value)
		found := s.NonFinite()
		if found == nil || found.Param == nil || found.Param.Name() != tc.param || !strings.HasPrefix(tc.param, found.Layer.Name+".") {
			t.Errorf("found %+v, want %s", found, tc.param)
		}
	}

	s = newTraining(t, NewParams(1), smallNet, cfg)
	s.Input().Data().([]float32)[7] = float32(math.NaN())
	if _, err := s.Step(3, 0); err != nil {
		t.Fatal(err)
	}
	if found := s.NonFinite(); found == nil || found.Param != nil || found.Layer.Name != "conv1" {
		t.Errorf("found %+v, want the output of conv1", found)
	}
}
