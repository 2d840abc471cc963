package chart

import (
	"math"
	"strconv"
)

// Axis is an axis of a plot.
type Axis struct {
	Label    string
	LogLabel string // instead of Label if the axis is logarithmic; "" for Label
	// Low and High are the ends of the axis. If they are equal, they are those of the values.
	Low, High float64
	Log       bool                   // logarithmic, if all values are above 0
	Reversed  bool                   // High is at the left or at the bottom
	Whole     bool                   // ticks at integers only
	Format    func(v float64) string // of the ticks; nil for three significant digits

	values []float64 // to include
}

// fit sets the ends of the axis, and makes it linear if a value is not above 0.
func (a *Axis) fit() {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range a.values {
		low, high = min(low, v), max(high, v)
	}
	if a.Low != a.High {
		low, high = a.Low, a.High
	}
	if !(low <= high) {
		low, high = 0, 1
	}
	a.Log = a.Log && low > 0
	switch {
	case low == high && a.Log:
		low, high = low/2, high*2
	case low == high:
		low, high = low-math.Abs(low)/2-1e-3, high+math.Abs(high)/2+1e-3
	case a.Low == a.High && a.Log: // some room at the ends
		room := math.Exp(0.04 * (math.Log(high) - math.Log(low)))
		low, high = max(low/room, math.SmallestNonzeroFloat64), min(high*room, math.MaxFloat64)
	case a.Low == a.High:
		room := (high - low) * 0.04
		low, high = low-room, high+room
	}
	a.Low, a.High = low, high
}

// pos returns the place of a value, from 0 at the left or the bottom to 1.
func (a *Axis) pos(v float64) float64 {
	p := (v - a.Low) / (a.High - a.Low)
	if a.Log {
		p = (math.Log(v) - math.Log(a.Low)) / (math.Log(a.High) - math.Log(a.Low))
	}
	if a.Reversed {
		return 1 - p
	}
	return p
}

// label returns the text beside the axis.
func (a *Axis) label() string {
	if a.Log && a.LogLabel != "" {
		return a.LogLabel
	}
	return a.Label
}

// format returns the text of a tick.
func (a *Axis) format(v float64) string {
	if a.Format != nil {
		return a.Format(v)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// ticks returns at most about n values for marks.
func (a *Axis) ticks(n int) []float64 {
	if a.Log && a.High/a.Low > 4 {
		return a.logTicks(n)
	}
	step := math.Pow(10, math.Floor(math.Log10((a.High-a.Low)/float64(n))))
	for _, m := range []float64{1, 2, 5, 10} {
		if (a.High-a.Low)/(step*m) <= float64(n) {
			step *= m
			break
		}
	}
	if a.Whole {
		step = max(1, step)
	}
	var list []float64
	for k := math.Ceil(a.Low/step - 1e-9); k*step <= a.High+1e-9*step; k++ {
		list = append(list, math.Round(k*step*1e12)/1e12+0) // 0.3 and not 0.30000000000000004, 0 and not -0
	}
	return list
}

// logTicks returns 1, 2 and 5 times the powers of ten, or the powers alone if these are many.
func (a *Axis) logTicks(n int) []float64 {
	first, last := math.Floor(math.Log10(a.Low)), math.Ceil(math.Log10(a.High))
	for _, factors := range [][]float64{{1, 2, 5}, {1, 3}, {1}} {
		for every := 1.0; every <= last-first+1; every++ {
			var list []float64
			for e := first; e <= last; e += every {
				for _, m := range factors {
					if v := m * math.Pow(10, e); v >= a.Low*(1-1e-9) && v <= a.High*(1+1e-9) {
						list = append(list, v)
					}
				}
			}
			if len(list) <= n+1 {
				return list
			}
			if len(factors) > 1 {
				break
			}
		}
	}
	return nil
}
