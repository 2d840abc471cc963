// Package hint reports wrong answers to the exercises of the book, with a hint in both languages.
package hint

import (
	"math"
	"testing"
)

// Wrong reports a wrong answer.
func Wrong(t *testing.T, english, chinese, format string, args ...any) {
	t.Helper()
	t.Errorf(format+"\n\thint: %s\n\t提示：%s", append(args, english, chinese)...)
}

// Near reports whether two lists of numbers agree to within 1e-6.
func Near(got, want []float64) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= 1e-6*max(1, math.Abs(want[i]))) {
			return false
		}
	}
	return true
}
