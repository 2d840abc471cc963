// Package numbers computes the numbers that the book shows. Those that need no training are computed
// each time; the others are the stored results of package measure.
package numbers

import (
	"maps"

	"inkstone/docs/book/marks"
	"inkstone/docs/book/measure"
)

// All returns the values of the whole book. A measured number is named by its experiment and its own
// name, as in "seeds.test", and is the mean of its runs. With a suffix it is their standard deviation
// (".sd"), the smallest (".min"), the largest (".max") or the number of runs (".n").
func All(results map[string]*measure.Result) (marks.Values, error) {
	v := marks.Values{}
	for _, chapter := range []func(marks.Values) error{background, networks, algorithms, mathematics, coding, applications, measuring} {
		if err := chapter(v); err != nil {
			return nil, err
		}
	}
	for experiment, r := range results {
		for name, n := range r.Numbers {
			maps.Copy(v, measured(experiment+"."+name, n))
		}
	}
	if err := scaled(v, results["scaling"]); err != nil {
		return nil, err
	}
	return v, chosen(v, results["seeds"])
}

func measured(name string, n measure.Number) marks.Values {
	low, high := n.Runs[0], n.Runs[0]
	for _, r := range n.Runs {
		low, high = min(low, r), max(high, r)
	}
	return marks.Values{name: n.Mean(), name + ".sd": n.Deviation(), name + ".min": low, name + ".max": high, name + ".n": len(n.Runs)}
}
