package train

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// view applies a view to an image.
func view(t *testing.T, v View, height, width int, src []byte) []byte {
	t.Helper()
	w, err := newWarp(v, height, width)
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]byte, len(src))
	w.apply(dst, src)
	return dst
}

func TestViewsByHand(t *testing.T) {
	src := []byte{
		10, 20, 30,
		40, 50, 60,
		70, 80, 90,
	}
	for _, tc := range []struct {
		v    View
		want []byte
	}{
		{View{}, src},
		{View{Scale: 1}, src},
		{View{Right: 1}, []byte{0, 10, 20, 0, 40, 50, 0, 70, 80}},
		{View{Right: -1}, []byte{20, 30, 0, 50, 60, 0, 80, 90, 0}},
		{View{Down: 2}, []byte{0, 0, 0, 0, 0, 0, 10, 20, 30}},
		{View{Right: 1, Down: -1}, []byte{0, 40, 50, 0, 70, 80, 0, 0, 0}},
		{View{Right: 0.5}, []byte{5, 15, 25, 20, 45, 55, 35, 75, 85}},
		{View{Angle: 90}, []byte{30, 60, 90, 20, 50, 80, 10, 40, 70}}, // the right side becomes the top
		{View{Angle: -90}, []byte{70, 40, 10, 80, 50, 20, 90, 60, 30}},
		{View{Angle: 180}, []byte{90, 80, 70, 60, 50, 40, 30, 20, 10}},
		{View{Scale: 0.5}, []byte{0, 0, 0, 0, 50, 0, 0, 0, 0}},               // neighbors come from 2 pixels away
		{View{Scale: 2}, []byte{30, 35, 40, 45, 50, 55, 60, 65, 70}},         // neighbors come from half a pixel away
		{View{Angle: 90, Right: 1}, []byte{0, 30, 60, 0, 20, 50, 0, 10, 40}}, // the shift comes last
	} {
		if got := view(t, tc.v, 3, 3, src); !bytes.Equal(got, tc.want) {
			t.Errorf("%+v gives %v, want %v", tc.v, got, tc.want)
		}
	}
}

// Views of an image that is not square are compared with interpolation in floating point.
func TestViewsAgainstReference(t *testing.T) {
	const height, width = 9, 14
	r := rand.New(rand.NewPCG(1, 2))
	src := make([]byte, height*width)
	for i := range src {
		src[i] = byte(r.IntN(256))
	}
	at := func(x, y int) float64 {
		if x < 0 || x >= width || y < 0 || y >= height {
			return 0
		}
		return float64(src[y*width+x])
	}
	for _, v := range append(TestTimeAugmentation(), View{1.3, -0.6, 33, 1.2}) {
		got := view(t, v, height, width, src)
		scale := v.Scale
		if scale == 0 {
			scale = 1
		}
		a := v.Angle * math.Pi / 180
		for i := range got {
			// The pixel as a complex number with the imaginary axis upward and the middle at 0.
			p := complex(float64(i%width)-6.5-v.Right, -(float64(i/width) - 4 - v.Down))
			q := p * complex(math.Cos(-a)/scale, math.Sin(-a)/scale)
			x, y := real(q)+6.5, 4-imag(q)
			x0, y0 := math.Floor(x), math.Floor(y)
			fx, fy, j, k := x-x0, y-y0, int(x0), int(y0)
			want := (1-fy)*((1-fx)*at(j, k)+fx*at(j+1, k)) + fy*((1-fx)*at(j, k+1)+fx*at(j+1, k+1))
			// The weights are rounded to 1/1024 and the result to an integer.
			if math.Abs(float64(got[i])-want) > 0.5+255./1024 {
				t.Fatalf("%+v: pixel %d is %d, want %.2f", v, i, got[i], want)
			}
		}
	}
}

func TestViewRefusals(t *testing.T) {
	for _, tc := range []struct {
		v    View
		want string
	}{
		{View{Right: 9}, "shift by 9, 0 pixels, want less than the smaller side of 9x14"},
		{View{Down: math.NaN()}, "shift by 0, NaN"},
		{View{Angle: 181}, "rotation by 181 degrees"},
		{View{Scale: -1}, "scale of -1"},
		{View{Scale: math.Inf(1)}, "scale of +Inf"},
	} {
		if _, err := newWarp(tc.v, 9, 14); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: error is %v, want %q in it", tc.v, err, tc.want)
		}
	}
}

func BenchmarkView(b *testing.B) {
	w, err := newWarp(View{Angle: 8}, 28, 28)
	if err != nil {
		b.Fatal(err)
	}
	src, dst := make([]byte, 28*28), make([]byte, 28*28)
	for b.Loop() {
		w.apply(dst, src)
	}
}
