package kernelbench

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSetPath(t *testing.T) {
	before := Path()
	defer SetPath(before)
	paths := Paths()
	if !slices.Contains(paths, before) || paths[len(paths)-1] != "portable" {
		t.Errorf("path %q of %v, want one of them, and portable last", before, paths)
	}
	for _, p := range paths {
		if err := SetPath(p); err != nil || Path() != p {
			t.Errorf("SetPath(%q): error %v, path %q", p, err, Path())
		}
	}
	if err := SetPath("sse9"); err == nil || !strings.Contains(err.Error(), `"sse9"`) || Path() != "portable" {
		t.Errorf("SetPath of an unknown path: error %v, path %q", err, Path())
	}
}

func TestMachine(t *testing.T) {
	one := PeakFLOPS(1, time.Millisecond)
	if assembly := Path() != "portable"; assembly != (one > 1e6) { // an emulator reaches about 1e8
		t.Errorf("peak is %g FLOP/s on path %s", one, Path())
	}
	if w := CopyBandwidth(2, time.Millisecond); !(w > 1e8) {
		t.Errorf("copy bandwidth is %g B/s, want more than 1e8", w)
	}
}

// Each case runs on each path, more than once, and has its FLOPs and bytes.
func TestCases(t *testing.T) {
	before := Path()
	defer SetPath(before)
	for _, p := range Paths() {
		if err := SetPath(p); err != nil {
			t.Fatal(err)
		}
		cases, err := Cases(1, 1)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, c := range cases {
			if seen[c.String()] || c.Bytes <= 0 || c.FLOPs < 0 {
				t.Errorf("%s: listed before: %t, %d bytes, %d FLOPs", c, seen[c.String()], c.Bytes, c.FLOPs)
			}
			seen[c.String()] = true
			run, err := c.Prepare()
			if err == nil {
				err = run()
			}
			if err != nil {
				t.Errorf("path %s: %v", p, err)
			}
		}
	}
}

// 2 operations for each of 9 taps, 32 and 64 channels and 24x24 outputs, for each
// of 3 images.
func TestFLOPs(t *testing.T) {
	const forward = 2 * 9 * 32 * 64 * 24 * 24 * 3
	cases, err := Cases(3, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{
		"conv 3x3 32 to 64, forward":  forward,
		"conv 3x3 32 to 64, backward": 2 * forward, // the weight gradient and the input gradient
		"conv 3x3 1 to 32, backward":  2 * 9 * 32 * 26 * 26 * 3,
		"dense 512 to 512, forward":   2 * 512 * 512 * 512,
		"ReLU, forward":               0,
	} {
		i := slices.IndexFunc(cases, func(c Case) bool { return c.Name == name })
		if i < 0 || cases[i].FLOPs != want {
			t.Errorf("%s: case %d, want a case with %d FLOPs", name, i, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	if _, err := Cases(1, -1); err == nil || !strings.Contains(err.Error(), "-1 workers") {
		t.Errorf("error is %v, want one about the workers", err)
	}
	if _, err := Cases(0, 1); err == nil || !strings.Contains(err.Error(), "batch of 0") {
		t.Errorf("cases of no images: error %v", err)
	}
	if _, err := (Case{Name: "mine"}).Prepare(); err == nil || !strings.Contains(err.Error(), `"mine"`) {
		t.Errorf("a case that is not from Cases: error %v", err)
	}
}

// BenchmarkCases times each case on one thread, for benchstat and for profiles.
func BenchmarkCases(b *testing.B) {
	cases, err := Cases(64, 1)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range cases {
		b.Run(c.Name, func(b *testing.B) {
			run, err := c.Prepare()
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(c.Bytes)
			for b.Loop() {
				if err := run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
