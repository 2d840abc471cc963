package main

import (
	"errors"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, tc := range []struct {
		v    []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1}, 5}, {[]float64{5, 100, 1}, 5}} {
		if got := median(tc.v); got != tc.want {
			t.Errorf("median of %v is %v, want %v", tc.v, got, tc.want)
		}
	}
}

func TestMeter(t *testing.T) {
	runs := 0
	m := meter{run: func() error { runs++; time.Sleep(time.Millisecond); return nil }, total: 10 * time.Millisecond}
	for range rounds {
		if err := m.round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// A round takes 2 ms and a run at least 1 ms. On a busy machine a few runs may use the
	// time of all rounds.
	if runs < rounds-1 && m.spent < m.total || runs != len(m.runs) || m.spent < 8*time.Millisecond || m.seconds() < 1e-3 {
		t.Errorf("%d runs, %d recorded, in %v; a run takes %v s", runs, len(m.runs), m.spent, m.seconds())
	}
	slow := meter{run: func() error { runs++; time.Sleep(2 * time.Millisecond); return nil }, total: time.Millisecond}
	runs = 0
	for range rounds {
		if err := slow.round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if runs != 1 {
		t.Errorf("a function whose first run takes all the time ran %d times, want 1", runs)
	}
	broken := errors.New("broken")
	m.run = func() error { return broken }
	m.spent = 0
	if err := m.round(t.Context()); !errors.Is(err, broken) {
		t.Errorf("error is %v, want that of the function", err)
	}
}

func TestFormats(t *testing.T) {
	for got, want := range map[string]string{
		number(1234.5): "1234", number(12.34): "12.3", number(0.5): "0.50",
		percent(0.954): "95 %", percent(0): "-",
		duration(2): "2.00 s", duration(0.0123): "12.30 ms", duration(5e-6): "5.0 µs",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
