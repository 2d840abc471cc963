package simd

import (
	"slices"
	"testing"
	"time"
)

func TestSetPath(t *testing.T) {
	before := Path()
	defer SetPath(before)
	mustFail(t, SetPath("sse9"), `"sse9"`, "unknown", AVX512, AVX2, NEON, Portable)
	for _, name := range []string{AVX512, AVX2, NEON, Portable} {
		err := SetPath(name)
		if slices.Contains(Paths(), name) {
			must(t, err)
			if Path() != name {
				t.Errorf("path is %q after SetPath(%q)", Path(), name)
			}
		} else {
			mustFail(t, err, name, "not available", Portable)
		}
	}
	if p := Paths(); p[len(p)-1] != Portable {
		t.Errorf("paths are %v, want portable last", p)
	}
}

func TestEnvironment(t *testing.T) {
	before := Path()
	defer SetPath(before)
	must(t, setPathFromEnv(""))
	if Path() != before {
		t.Errorf("path is %q without a request, want %q", Path(), before)
	}
	must(t, setPathFromEnv(Portable))
	if Path() != Portable {
		t.Errorf("path is %q, want %q", Path(), Portable)
	}
	mustFail(t, setPathFromEnv("sse9"), EnvPath, `"sse9"`, "unknown")
}

func TestProbes(t *testing.T) {
	onEachPath(t, func(t *testing.T) {
		peak := PeakFLOPS(time.Millisecond)
		if asm := Path() != Portable; asm != (peak > 1e6) { // an emulator reaches about 1e8
			t.Errorf("peak is %g FLOP/s with assembly %v", peak, asm)
		}
	})
	if w := CopyBandwidth(time.Millisecond); !(w > 1e8) {
		t.Errorf("copy bandwidth is %g B/s, want more than 1e8", w)
	}
}
