// Package longtest says how thorough tests are. Property tests take few cases by default, so
// that go test ./... is quick, and all of them with go test -tags long ./..., as .ci/run does.
package longtest

import "testing"

// Cases returns how many cases a test takes: few, or all with the build tag long.
func Cases(few, all int) int {
	if enabled {
		return all
	}
	return few
}

// Skip skips a test that takes seconds, unless the build tag long is set.
func Skip(t *testing.T) {
	t.Helper()
	if !enabled {
		t.Skip("a longer check: run it with -tags long")
	}
}
