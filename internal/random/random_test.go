package random

import (
	"math/rand/v2"
	"testing"
)

// The first number of each stream must never change, since models, splits and built-in
// digits depend on it. The values are older than this package.
func TestStreams(t *testing.T) {
	pcg := func(a, b uint64) uint64 { return rand.NewPCG(a, b).Uint64() }
	layer := Dropout(7, "dropout1")
	for _, tc := range []struct {
		name      string
		got, want uint64
	}{
		{"EpochOrder", New(7, EpochOrder+3).Uint64(), 0xd94012c3c35ab47e},
		{"Mixup", New(7, Mixup).Uint64(), 0x14e61856382c0ae2},
		{"Distort", New(7, Distort).Uint64(), 0xab251f3dacfc0bee},
		{"Limit", New(7, Limit).Uint64(), 0x4d3b71c64588b470},
		{"Split", New(7, Split).Uint64(), 0xae7e7f8b93fb421},
		{"PerClass", New(7, PerClass).Uint64(), 0xeeb52d0d5344c216},
		{"PictureTest", New(uint64(PictureTest), PictureTest).Uint64(), 0xd8c34870595195ad},
		{"Parameter", Parameter(7, "conv1.weight").Uint64(), 0xe41ce4e4a7599cef},
		{"Dropout", layer, 0x76b249fdc73f9d86},
		{"DropoutStep", DropoutStep(layer, 9), 0x399a11912e1c2b01},
		{"Image", Image(7, 11, 2), 0xff970087d48f334d},
		{"AugmentAmounts", pcg(Augment(7, AugmentAmounts)), 0x75040fc0889fc15d},
		{"AugmentElastic", pcg(Augment(7, AugmentElastic)), 0xff8904c5776096ba},
		{"AugmentNoise", pcg(Augment(7, AugmentNoise)), 0x8bab35e4758bc348},
		{"DigitLabels", pcg(Digit(7, DigitLabels, 5)), 0x1b91999d1540ded9},
		{"DigitImages", pcg(Digit(7, DigitImages, 5)), 0x7b3725da37f37a16},
		{"BuiltinTest", BuiltinTest, 0x9e3779b97f4a7c15},
	} {
		if tc.got != tc.want {
			t.Errorf("%s begins with %#x, want %#x", tc.name, tc.got, tc.want)
		}
	}
}

// Mix gives the first numbers of SplitMix64 from the state 1234567. The numbers are from the
// reference implementation of its authors.
func TestMix(t *testing.T) {
	state := uint64(1234567)
	for i, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got := Mix(state); got != want {
			t.Errorf("number %d is %d, want %d", i, got, want)
		}
		state += Golden
	}
}

func TestImagesDiffer(t *testing.T) {
	seen := map[uint64]bool{}
	for run := range uint64(10) {
		for image := range 100 {
			for epoch := range 10 {
				seen[Image(run, image, epoch)] = true
			}
		}
	}
	if len(seen) != 10000 {
		t.Errorf("%d seeds for 10000 triples", len(seen))
	}
}
