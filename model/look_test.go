package model

import (
	"fmt"
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"
)

func TestMapsColours(t *testing.T) {
	for name, tc := range map[string]struct {
		values []float32
		want   []color.RGBA
	}{
		"unsigned": {[]float32{0, 1, 2, 4}, []color.RGBA{{0, 0, 0, 255}, {64, 64, 64, 255}, {128, 128, 128, 255}, {255, 255, 255, 255}}},
		"signed":   {[]float32{0, 2, -2, -1}, []color.RGBA{{255, 255, 255, 255}, {165, 15, 21, 255}, {8, 81, 156, 255}, {132, 168, 206, 255}}},
		"zeros":    {[]float32{0, 0, 0, 0}, []color.RGBA{{A: 255}, {A: 255}, {A: 255}, {A: 255}}},
	} {
		m, err := NewMaps(name, 1, 2, 1, tc.values) // two maps of 1x2, one above the other
		if err != nil {
			t.Fatal(err)
		}
		if got, want := m.Picture().Bounds(), image.Rect(0, 0, 2*56+4, 2*56+6); got != want {
			t.Errorf("%s: bounds %v, want %v", name, got, want)
		}
		for i, want := range tc.want {
			x, y := 10+56*(i%2), 10+58*(i/2)
			if got := m.Picture().At(x, y); got != want {
				t.Errorf("%s: %v is drawn as %v, want %v", name, tc.values[i], got, want)
			}
		}
	}
}

func TestMapsGrid(t *testing.T) {
	for _, tc := range []struct{ n, columns, wantRows, wantColumns, wantPixels int }{ // pixels of a value
		{1, 0, 1, 1, 74}, {3, 0, 1, 3, 70}, {6, 0, 2, 4, 37}, {8, 0, 2, 4, 37}, {16, 0, 2, 8, 26}, {32, 0, 4, 8, 18}, {64, 0, 8, 8, 18}, {128, 0, 8, 16, 12}, {5, 2, 3, 2, 24}, {5, 9, 1, 5, 42},
	} {
		m, err := NewMaps("", 3, 3, tc.columns, make([]float32, 9*tc.n))
		if err != nil {
			t.Fatal(err)
		}
		if m.Rows != tc.wantRows || m.Columns != tc.wantColumns || m.Len() != tc.n {
			t.Errorf("%d maps in %d columns: %d rows and %d columns, want %d and %d", tc.n, tc.columns, m.Rows, m.Columns, tc.wantRows, tc.wantColumns)
		}
		if got, want := m.Picture().Bounds().Dx(), m.Columns*(3*tc.wantPixels+2)+2; got != want {
			t.Errorf("%d maps in %d columns: width %d, want %d", tc.n, tc.columns, got, want)
		}
	}
	for _, tc := range []struct{ height, width, n int }{{0, 1, 1}, {1, -1, 1}, {2, 2, 0}, {2, 2, 5}} {
		if _, err := NewMaps("", tc.height, tc.width, 0, make([]float32, tc.n)); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d values", tc.n)) {
			t.Errorf("maps of %dx%d from %d values: error is %v", tc.height, tc.width, tc.n, err)
		}
	}
}

func TestFilters(t *testing.T) {
	m := fresh(t, "lenet5") // conv2 has 6 inputs and 16 outputs
	f, err := m.Filters("conv2")
	if err != nil {
		t.Fatal(err)
	}
	if f.Rows != 6 || f.Columns != 16 || f.Len() != 96 {
		t.Fatalf("%d rows of %d, %d in all; want 6 of 16", f.Rows, f.Columns, f.Len())
	}
	weights := m.Params.Get("conv2.weight").Value().Data().([]float32) // height, width, input, output
	for _, at := range [][2]int{{0, 0}, {3, 5}, {5, 15}} {
		in, out := at[0], at[1]
		for k, v := range f.Map(in*16 + out) {
			if want := weights[(k*6+in)*16+out]; v != want {
				t.Errorf("input %d, output %d, place %d: %v, want %v", in, out, k, v, want)
			}
		}
	}
	if one, err := m.Filters("conv1"); err != nil || one.Rows != 2 || one.Columns != 4 {
		t.Errorf("conv1: %v, %v; want 2 rows of 4", one, err)
	}
	for _, name := range []string{"fc1", "relu1", "conv9"} {
		if _, err := m.Filters(name); err == nil || !strings.Contains(err.Error(), `"`+name+`" is not the name of a convolution`) {
			t.Errorf("filters of %s: error is %v", name, err)
		}
	}
}

func TestFeatures(t *testing.T) {
	m := fresh(t, "cnn")
	pixels := make([]byte, 28*28)
	for i := range pixels {
		pixels[i] = byte(i * 7)
	}
	got, err := m.Features("conv1", pixels)
	if err != nil {
		t.Fatal(err)
	}
	if got.Len() != 32 || got.Height != 26 || got.Width != 26 {
		t.Fatalf("%v, want 32 maps of 26x26", got)
	}
	// Compare one value with the formula: map 5 at row 3, column 4.
	f, err := m.Filters("conv1")
	if err != nil {
		t.Fatal(err)
	}
	input := make([]float32, len(pixels))
	m.Normalizer()(input, pixels)
	want := m.Params.Get("conv1.bias").Value().Data().([]float32)[5]
	for k, w := range f.Map(5) {
		want += w * input[(3+k/3)*28+4+k%3]
	}
	if v := got.Map(5)[3*26+4]; v-want > 1e-5 || want-v > 1e-5 {
		t.Errorf("map 5 at 3, 4 is %v, want %v", v, want)
	}
	// A vector is one row. The output of the last layer is the logits.
	c, err := m.Classifier(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	logits, err := c.Logits(1, func(int) []byte { return pixels })
	if err != nil {
		t.Fatal(err)
	}
	if got, err = m.Features("fc2", pixels); err != nil || got.Height != 1 || got.Width != 10 || !slices.Equal(got.Values, logits) {
		t.Errorf("features of fc2: %v, %v, want %v", got.Values, err, logits)
	}
	if _, err := m.Features("conv7", pixels); err == nil || !strings.Contains(err.Error(), `no layer "conv7"; there are`) {
		t.Errorf("error is %v", err)
	}
	if _, err := m.Features("conv1", pixels[1:]); err == nil || !strings.Contains(err.Error(), "783 pixels, want 28x28") {
		t.Errorf("error is %v", err)
	}
}

func TestDiagram(t *testing.T) {
	m := fresh(t, "lenet5")
	if err := m.Params.Freeze("conv*"); err != nil {
		t.Fatal(err)
	}
	d, err := m.Diagram()
	if err != nil {
		t.Fatal(err)
	}
	if text := d.String(); !strings.Contains(text, "conv2: 10 × 10 × 16, 2416 parameters, frozen <- avgpool1\n") {
		t.Errorf("the diagram lacks conv2:\n%s", text)
	}
}
