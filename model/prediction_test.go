package model

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestPredict(t *testing.T) {
	m := fresh(t, "tiny")
	pixels := make([]byte, 28*28)
	for i := range pixels {
		pixels[i] = byte(i * 7)
	}
	p, err := m.Predict(pixels)
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.Classifier(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	want, err := c.Probabilities(pixels)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, v := range p.Probabilities {
		sum += v
	}
	if !slices.Equal(p.Probabilities, want) || math.Abs(sum-1) > 1e-9 || want[p.Class] != slices.Max(want) {
		t.Errorf("class %d of %v, want the largest of %v", p.Class, p.Probabilities, want)
	}
	lines := strings.Split(p.String(), "\n")
	if !strings.HasPrefix(lines[1], m.Classes[p.Class]+" ") || len(lines) != 12 {
		t.Errorf("the text is\n%s\nwant the predicted class %s first", p, m.Classes[p.Class])
	}
	if h := p.HTML(); !strings.Contains(h, "data:image/png;base64,") || strings.Count(h, "<tr>") != 11 {
		t.Errorf("the HTML is %s", h)
	}

	p, err = m.Predict(pixels[1:])
	if err == nil || !strings.Contains(err.Error(), "783 pixels") || !strings.Contains(p.HTML(), "783 pixels") {
		t.Errorf("error %v, HTML %q, want both about 783 pixels", err, p.HTML())
	}
	p, err = Failed(ErrDamaged).Predict(pixels)
	if !errors.Is(err, ErrDamaged) || !strings.Contains(p.HTML(), ErrDamaged.Error()) {
		t.Errorf("error %v, HTML %q, want both with %q", err, p.HTML(), ErrDamaged)
	}
}

// The scale below the maps has the range of the values.
func TestMapsHTML(t *testing.T) {
	for values, want := range map[[3]float32]string{
		{0, 1, 4}:    "<div>0 <img ",
		{-0.5, 1, 2}: "<div>-2 <img ",
	} {
		m, err := NewMaps("a < b", 1, 1, 3, values[:])
		if err != nil {
			t.Fatal(err)
		}
		if h := m.HTML(); !strings.Contains(h, want) || strings.Count(h, "data:image/png;base64,") != 2 || !strings.Contains(h, "a &lt; b") {
			t.Errorf("%v: the HTML is %s, want %q in it", values, h, want)
		}
	}
}
