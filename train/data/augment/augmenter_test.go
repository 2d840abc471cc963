package augment

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"inkstone/internal/random"
)

// everything has a strength above 0 for each distortion.
var everything = Options{
	Shift: 2, Rotation: 15, Scale: 0.2, Shear: 0.2, Elastic: Elastic{30, 4},
	Thickness: 1, Noise: 0.1, Cutout: 8,
}

func TestIdentity(t *testing.T) {
	src := noisy(9, 14)
	for name, o := range map[string]Options{"zero": {}, "sigma without alpha": {Elastic: Elastic{0, 4}}} {
		if got := apply(t, newAugmenter(t, o, 9, 14), src, 1); !bytes.Equal(got, src) {
			t.Errorf("%s options change the image", name)
		}
	}
}

// TestSeedDeterminesResult checks that the result depends on the image and the seed only. It
// does not depend on earlier calls, on the augmenter, or on whether dst is src.
func TestSeedDeterminesResult(t *testing.T) {
	src := ring()
	a := newAugmenter(t, everything, 28, 28)
	first := apply(t, a, src, 1)
	second := apply(t, a, src, 2)
	if bytes.Equal(first, second) {
		t.Error("two seeds give the same image")
	}
	apply(t, a, noisy(28, 28), 77)
	if !bytes.Equal(apply(t, a, src, 1), first) {
		t.Error("an image in between changes the result")
	}
	if !bytes.Equal(apply(t, a.Clone(), src, 2), second) {
		t.Error("a clone gives a different image")
	}
	inPlace := bytes.Clone(src)
	if err := a.Apply(inPlace, inPlace, 1); err != nil || !bytes.Equal(inPlace, first) {
		t.Errorf("in place: the image differs or error %v", err)
	}
	if !bytes.Equal(src, ring()) {
		t.Error("the source has changed")
	}
}

// TestStreamsAreIndependent checks that a cutout does not change the other distortions.
func TestStreamsAreIndependent(t *testing.T) {
	src := ring()
	plain, cut := everything, everything
	plain.Noise, plain.Cutout = 0, 0
	cut.Noise, cut.Cutout = 0, 5
	want := apply(t, newAugmenter(t, plain, 28, 28), src, 9)
	got := apply(t, newAugmenter(t, cut, 28, 28), src, 9)
	differ := 0
	for i := range got {
		if got[i] != want[i] {
			differ++
			if got[i] != 0 {
				t.Fatalf("pixel %d is %d, want %d or 0", i, got[i], want[i])
			}
		}
	}
	if differ > 25 {
		t.Errorf("a square of 5x5 changes %d pixels", differ)
	}
}

func TestRanges(t *testing.T) {
	o := everything
	a := newAugmenter(t, o, 20, 30)
	type span struct{ low, high, sum float64 }
	seen := map[string]*span{}
	note := func(name string, v float64) {
		s := seen[name]
		if s == nil {
			s = &span{low: math.Inf(1), high: math.Inf(-1)}
			seen[name] = s
		}
		s.low, s.high, s.sum = min(s.low, v), max(s.high, v), s.sum+v
	}
	const draws = 4000
	for i := range draws {
		a.pcg.Seed(random.Augment(Seed(1, i, 0), random.AugmentAmounts))
		d := a.draw()
		note("shift x", d.shiftX)
		note("shift y", d.shiftY)
		note("angle", d.angle)
		note("scale x", d.scaleX)
		note("scale y", d.scaleY)
		note("shear", d.shear)
		note("thickness", d.thickness)
		note("noise", d.noise)
		note("cut x", float64(d.cutX))
		note("cut y", float64(d.cutY))
	}
	for name, want := range map[string][2]float64{
		"shift x": {-2, 2}, "shift y": {-2, 2}, "angle": {-15, 15}, "scale x": {0.8, 1.2}, "scale y": {0.8, 1.2},
		"shear": {-0.2, 0.2}, "thickness": {-1, 1}, "noise": {0, 0.1}, "cut x": {0, 29}, "cut y": {0, 19},
	} {
		s, width := seen[name], want[1]-want[0]
		// The seeds are fixed. The probability that the extremes of 4000 uniform draws are
		// farther than 0.5 % of the width from the ends is 4e-9. The tolerance of the mean is
		// 5 standard errors, 0.023 of the width.
		if s.low < want[0] || s.high > want[1] || s.low > want[0]+0.005*width || s.high < want[1]-0.005*width {
			t.Errorf("%s: from %v to %v, want %v", name, s.low, s.high, want)
		}
		if mean := s.sum / draws; math.Abs(mean-(want[0]+want[1])/2) > 0.023*width {
			t.Errorf("%s: mean %v of %v", name, mean, want)
		}
	}
}

// TestAffineMovesMass checks that shift, rotation and shear keep the mass and move its
// center by at most the shift.
func TestAffineMovesMass(t *testing.T) {
	src := ring()
	before, x, y := mass(src)
	a := newAugmenter(t, Options{Shift: 3, Rotation: 180, Shear: 0.2}, 28, 28)
	far := 0.0
	for seed := range uint64(300) {
		after, ax, ay := mass(apply(t, a, src, seed))
		if math.Abs(after/before-1) > 0.02 {
			t.Errorf("seed %d: mass %.0f becomes %.0f", seed, before, after)
		}
		moved := max(math.Abs(ax-x), math.Abs(ay-y))
		if moved > 3.1 {
			t.Errorf("seed %d: the center moves by %.2f pixels, want at most 3.1", seed, moved)
		}
		far = max(far, moved)
	}
	if far < 2.8 {
		t.Errorf("the farthest shift is %.2f pixels, want nearly 3", far)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, test := range []struct {
		o             Options
		height, width int
		want          string
	}{
		{Options{}, 0, 28, "images of 0x28 pixels"},
		{Options{}, 28, 20000, "want sides of 1 to 16384"},
		{Options{Shift: -1}, 28, 28, "shift of -1 pixels, want 0 to"},
		{Options{Shift: 29}, 28, 30, "shift of 29 pixels, but images have only 28x30"},
		{Options{Rotation: 181}, 28, 28, "rotate of 181 degrees, want 0 to 180"},
		{Options{Scale: 1}, 28, 28, "scale of 1, want 0 to 0.9"},
		{Options{Shear: math.NaN()}, 28, 28, "shear of NaN, want 0 to 2"},
		{Options{Elastic: Elastic{8, 0}}, 28, 28, "elastic alpha of 8 pixels with sigma 0"},
		{Options{Elastic: Elastic{8, -1}}, 28, 28, "elastic sigma of -1 pixels"},
		{Options{Elastic: Elastic{math.Inf(1), 4}}, 28, 28, "elastic alpha of +Inf pixels"},
		{Options{Thickness: 5}, 28, 28, "thickness of 5 pixels, want 0 to 4"},
		{Options{Noise: 2}, 28, 28, "noise of 2, want 0 to 1"},
		{Options{Cutout: -2}, 28, 28, "cutout of -2 pixels"},
		{Options{Cutout: 15}, 14, 28, "cutout of 15 pixels, but images have only 14x28"},
	} {
		_, err := New(test.o, test.height, test.width)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: error %v, want %q", test.o, err, test.want)
		}
	}
}

func TestApplyRefuses(t *testing.T) {
	a := newAugmenter(t, everything, 28, 28)
	for _, sizes := range [][2]int{{784, 783}, {783, 784}, {0, 0}} {
		if err := a.Apply(make([]byte, sizes[0]), make([]byte, sizes[1]), 1); err == nil {
			t.Errorf("no error for a destination of %d and a source of %d bytes", sizes[0], sizes[1])
		}
	}
}

func TestExtremes(t *testing.T) {
	o := Options{Rotation: 180, Scale: 0.9, Shear: 2, Elastic: Elastic{10000, 0.01}, Thickness: 4, Noise: 1}
	for _, size := range [][2]int{{1, 1}, {1, 40}, {40, 1}, {3, 5}} {
		o.Shift, o.Cutout = float64(min(size[0], size[1])), min(size[0], size[1])
		a := newAugmenter(t, o, size[0], size[1])
		for seed := range uint64(50) {
			apply(t, a, noisy(size[0], size[1]), seed)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	a := newAugmenter(t, everything, 28, 28)
	src, dst := ring(), make([]byte, 784)
	seed := uint64(0)
	if n := testing.AllocsPerRun(100, func() {
		seed++
		if err := a.Apply(dst, src, seed); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations per image, want 0", n)
	}
}

func BenchmarkApply(b *testing.B) {
	for _, spec := range []string{"light", "elastic=30:4", "thickness=1", "noise=0.1", "cutout=8", "strong", "strong,noise=0.05,cutout=8"} {
		o, err := Parse(spec)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(spec, func(b *testing.B) {
			a := newAugmenter(b, o, 28, 28)
			src, dst := ring(), make([]byte, 784)
			seed := uint64(0)
			for b.Loop() {
				seed++
				if err := a.Apply(dst, src, seed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
