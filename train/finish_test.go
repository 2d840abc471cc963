package train

import (
	"bytes"
	"strings"
	"testing"

	"inkstone/train/data/augment"
)

// Augment distorts the images of the first epochs, Finish those of the last epochs.
func TestFinish(t *testing.T) {
	fit := func(first augment.Options, last Finish) ([]byte, *History) {
		cfg := quick
		cfg.Epochs, cfg.Augment, cfg.Finish = 2, first, last
		m := fresh(t, "tiny")
		h, err := Fit(t.Context(), m, stripes(t, 40, 1), nil, cfg)
		if err != nil {
			t.Fatal(err)
		}
		return bytesOf(t, m), h
	}
	strong, weak := augment.Options{Shift: 4, Rotation: 20}, augment.Options{Shift: 1}
	plain, plainHistory := fit(strong, Finish{})
	light, _ := fit(weak, Finish{})

	half, halfHistory := fit(strong, Finish{0.5, weak})
	if halfHistory.Epochs[0].TrainLoss != plainHistory.Epochs[0].TrainLoss {
		t.Errorf("the loss of the first epoch is %v, without a finish %v", halfHistory.Epochs[0].TrainLoss, plainHistory.Epochs[0].TrainLoss)
	}
	if bytes.Equal(half, plain) || bytes.Equal(half, light) {
		t.Error("a finish in the second of two epochs gives the model without a finish or with its distortions only")
	}
	if bare, _ := fit(strong, Finish{Share: 0.5}); bytes.Equal(bare, half) || bytes.Equal(bare, plain) {
		t.Error("a finish without distortions gives the model of another finish")
	}
	if got, _ := fit(strong, Finish{1, weak}); !bytes.Equal(got, light) {
		t.Error("a finish in all epochs differs from its distortions as Augment")
	}
	if got, _ := fit(strong, Finish{0.2, weak}); !bytes.Equal(got, plain) { // 0.4 epochs are rounded to 0
		t.Error("a finish of a fifth of two epochs changes the model, want no epochs")
	}
}

func TestParseFinish(t *testing.T) {
	for text, want := range map[string]string{
		"": "none", " none ": "none", "0.2:none": "0.2:none", "0.25: shift=1, rotate=8": "0.25:shift=1,rotate=8", "1:elastic=8:4": "1:elastic=8:4",
		"0.5:light": "0.5:shift=2,rotate=10,scale=0.1,shear=0.1",
	} {
		f, err := ParseFinish(text)
		if err != nil || f.String() != want {
			t.Errorf("%q: %v, error %v, want %s", text, f, err, want)
		}
		if again, err := ParseFinish(f.String()); err != nil || again != f {
			t.Errorf("%q: read again as %v, error %v", f, again, err)
		}
	}
	for text, want := range map[string]string{
		"light": `finish: "light", want a share`, "8:light": `finish: "8:light", want a share of the epochs above 0 and up to 1`,
		"0:light": "want a share", "-0.1:none": "want a share", "NaN:none": "want a share", "0.2": "want a share",
		"0.2:lite": `finish: augmentation: unknown preset "lite"`, "0.2:shift=-1": "finish: augmentation: shift of -1 pixels",
	} {
		if f, err := ParseFinish(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, error %v, want one with %s", text, f, err, want)
		}
	}
	for epochs, want := range map[int]int{1: 0, 2: 0, 3: 1, 4: 1, 48: 10} {
		if got := (Finish{Share: 0.2}).Epochs(epochs); got != want {
			t.Errorf("a fifth of %d epochs: %d, want %d", epochs, got, want)
		}
	}
}

func TestFinishErrors(t *testing.T) {
	for _, tc := range []struct {
		finish Finish
		want   string
	}{
		{Finish{Share: 1.5}, "finish is for a share of 1.5 of the epochs, want 0 to 1"},
		{Finish{Share: -1}, "finish is for a share of -1 of the epochs, want 0 to 1"},
		{Finish{0.5, augment.Options{Shift: 40}}, "shift of 40 pixels, but images have only"},
	} {
		cfg := quick
		cfg.Finish = tc.finish
		if _, err := New(fresh(t, "tiny"), stripes(t, 40, 1), nil, cfg); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: error %v, want one with %q", tc.finish, err, tc.want)
		}
	}
}
