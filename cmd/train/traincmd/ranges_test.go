package traincmd

import (
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
)

// A number that is too large is refused with its range, and nothing wraps around. A text that would
// break a line is refused too.
func TestLargeNumbersAndBrokenLines(t *testing.T) {
	for _, tc := range []struct{ flag, value, want string }{
		{"seed", "18446744073709551616", "want a whole number from 0 to 18446744073709551615"},
		{"seed", "-1", "want a whole number from 0 to 18446744073709551615"},
		{"checkpoint-minutes", "1e9", "-checkpoint-minutes is 1e+09, want at least 0 and at most 1000000"},
		{"model", "tiny\n", `-model is "tiny\n" has the control character '\n'`},
		{"out", "a\x1b[2Jb", `-out is "a\x1b[2Jb" has the control character '\x1b'`},
		{"data", "\xff", `-data is "\xff" is not valid UTF-8`},
	} {
		_, err := parse([]string{"-" + tc.flag, tc.value}, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("-%s %q: error is %v, want %s", tc.flag, tc.value, err, tc.want)
		}
	}
	for _, name := range []string{"epochs", "batch", "accumulate", "patience", "unfreeze-at", "unfreeze-every", "feature-memory", "workers",
		"limit", "limit-per-class", "val", "overfit-batches", "checkpoint-steps", "seeds"} {
		for _, value := range []string{"1000000001", "9223372036854775807", "9223372036854775808", "-9223372036854775808"} {
			_, err := parse([]string{"-" + name, value}, io.Discard)
			if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "and at most 1000000000") {
				t.Errorf("-%s %s: error is %v, want the range", name, value, err)
			}
		}
	}
}

// The seeds of -seeds do not wrap around.
func TestLastSeed(t *testing.T) {
	for first, fits := range map[uint64]bool{math.MaxUint64 - 2: true, math.MaxUint64 - 1: false, math.MaxUint64: false} {
		_, err := parse([]string{"-seeds", "3", "-seed", fmt.Sprint(first)}, io.Discard)
		if fits != (err == nil) || !fits && !strings.Contains(err.Error(), "at most 18446744073709551613") {
			t.Errorf("3 seeds from %d: error is %v", first, err)
		}
	}
	if _, err := parse([]string{"-seed", fmt.Sprint(uint64(math.MaxUint64))}, io.Discard); err != nil {
		t.Error(err)
	}
}
