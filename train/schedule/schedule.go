// Package schedule says how the learning rate changes during training: as a factor
// of the base rate, step by step.
//
// [Parse] reads a schedule from text such as "cosine:warmup=0.1", [Describe] lists what it
// knows, and [New] makes one of a function. A [Schedule] has no state: a run that is taken
// up again asks it for the next step as if it had never stopped.
package schedule

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Schedule is a course of the learning rate. Its factor is a function of the step, of
// the number of steps in the run, and of the validation losses so far, so that a run
// that is taken up again needs nothing but these.
type Schedule struct {
	kind   *kind
	values []float64 // of kind.params
}

// kind is a family of schedules.
type kind struct {
	name   string
	doc    string
	params []param
	// factor is the factor of the base rate at step, counted from 0, of total.
	factor func(v []float64, step, total int, losses []float64) float64
}

// param is a setting of a kind.
type param struct {
	name          string
	normal        float64 // if nobody says otherwise
	least, most   float64
	whole, closed bool // only whole numbers; most is allowed itself
}

func fraction(name string, normal float64) param {
	return param{name: name, normal: normal, least: 0, most: 1, closed: true}
}

func count(name string, normal, least float64) param {
	return param{name: name, normal: normal, least: least, most: 1e9, whole: true, closed: true}
}

var kinds = []*kind{
	{
		name: "constant", doc: "the base rate throughout",
		factor: func([]float64, int, int, []float64) float64 { return 1 },
	},
	{
		name: "linear", doc: "after a warm-up, straight down to floor",
		params: []param{fraction("warmup", 0), fraction("floor", 0)},
		factor: func(v []float64, step, total int, _ []float64) float64 {
			up, rest := warmUp(v[0], step, total)
			return up * (1 - (1-v[1])*rest)
		},
	},
	{
		name: "cosine", doc: "after a warm-up, half a cosine down to floor, again after each restart (Loshchilov and Hutter, arXiv:1608.03983)",
		params: []param{fraction("warmup", 0), fraction("floor", 0), count("restarts", 0, 0)},
		factor: func(v []float64, step, total int, _ []float64) float64 {
			up, rest := warmUp(v[0], step, total)
			cycle := rest * (v[2] + 1)
			if cycle < v[2]+1 {
				cycle -= math.Floor(cycle)
			} else {
				cycle = 1
			}
			return up * (v[1] + (1-v[1])*half(1-cycle))
		},
	},
	{
		name: "onecycle", doc: "from 1/start of the base rate up to it during the warm-up and down to 1/end of it, along cosines (Smith and Topin, arXiv:1708.07120)",
		params: []param{fraction("warmup", 0.3), {name: "start", normal: 25, least: 1, most: 1e9, closed: true}, {name: "end", normal: 1e4, least: 1, most: 1e9, closed: true}},
		factor: func(v []float64, step, total int, _ []float64) float64 {
			if at, peak := float64(step), v[0]*float64(total); at < peak {
				return 1/v[1] + (1-1/v[1])*half(at/peak)
			}
			_, rest := warmUp(v[0], step, total)
			return 1/v[2] + (1-1/v[2])*half(1-rest)
		},
	},
	{
		name: "step", doc: "times factor after each of the stages, which have equal lengths",
		params: []param{{name: "factor", normal: 0.1, least: 0, most: 1}, count("stages", 3, 1)},
		factor: func(v []float64, step, total int, _ []float64) float64 {
			return math.Pow(v[0], math.Floor(v[1]*float64(step)/float64(total)))
		},
	},
	{
		name: "exponential", doc: "down to end of the base rate by the same ratio in each step",
		params: []param{{name: "end", normal: 0.01, least: 0, most: 1, closed: true}},
		factor: func(v []float64, step, total int, _ []float64) float64 {
			return math.Pow(v[0], float64(step)/float64(total))
		},
	},
	{
		name: "plateau", doc: "times factor whenever the validation loss has not fallen for patience epochs",
		params: []param{{name: "factor", normal: 0.3, least: 0, most: 1}, count("patience", 1, 1)},
		factor: func(v []float64, _, _ int, losses []float64) float64 {
			f, best, waited := 1.0, math.Inf(1), 0.0
			for _, l := range losses {
				if l < best {
					best, waited = l, 0
				} else if waited++; waited >= v[1] {
					f *= v[0]
					waited = 0
				}
			}
			return f
		},
	},
}

// New makes a schedule of one's own: factor is the factor of the base rate, at least 0,
// at a step, counted from 0, of a run of total steps. It must be a function of these alone,
// for a run that is taken up again to go on as it would have. [Parse] does not know it;
// its name stands in checkpoints.
func New(name string, factor func(step, total int) float64) Schedule {
	return Schedule{kind: &kind{name: name, doc: "a schedule of one's own",
		factor: func(_ []float64, step, total int, _ []float64) float64 { return factor(step, total) }}}
}

// warmUp is the factor of a linear warm-up over a fraction of the steps, and how far
// the rest has come, from 0 to 1.
func warmUp(fraction float64, step, total int) (up, rest float64) {
	at, warm := float64(step), fraction*float64(total)
	if at < warm {
		return (at + 1) / (math.Floor(warm) + 1), 0
	}
	if warm >= float64(total) {
		return 1, 1
	}
	return 1, (at - warm) / (float64(total) - warm)
}

// half is a cosine's way from 0 to 1.
func half(x float64) float64 { return (1 - math.Cos(math.Pi*x)) / 2 }

// Names lists the kinds of schedules.
func Names() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// Describe gives a line on each kind, with its settings and their defaults.
func Describe() string {
	var b strings.Builder
	for _, k := range kinds {
		s := Schedule{kind: k}
		for _, p := range k.params {
			s.values = append(s.values, p.normal)
		}
		fmt.Fprintf(&b, "%s: %s\n", s, k.doc)
	}
	return b.String()
}

// Parse reads a schedule: a kind, and after a colon settings that differ from the
// defaults, as in "cosine:warmup=0.1,restarts=2". Fractions are of the run's steps
// or of the base rate.
func Parse(text string) (Schedule, error) {
	name, settings, more := strings.Cut(text, ":")
	i := slices.IndexFunc(kinds, func(k *kind) bool { return k.name == name })
	if i < 0 {
		return Schedule{}, fmt.Errorf("unknown schedule %q; the known ones are %s", name, strings.Join(Names(), ", "))
	}
	s := Schedule{kind: kinds[i]}
	var known []string
	for _, p := range s.kind.params {
		s.values = append(s.values, p.normal)
		known = append(known, p.name)
	}
	if !more {
		return s, nil
	}
	seen := map[string]bool{}
	for setting := range strings.SplitSeq(settings, ",") {
		key, value, _ := strings.Cut(setting, "=")
		j := slices.Index(known, key)
		if j < 0 {
			return Schedule{}, fmt.Errorf("schedule %q has no setting %q; it has %s", name, key, orNone(known))
		}
		if seen[key] {
			return Schedule{}, fmt.Errorf("schedule %q: setting %q is given twice", name, key)
		}
		seen[key] = true
		v, err := strconv.ParseFloat(value, 64)
		if err == nil {
			err = s.kind.params[j].check(v)
		}
		if err != nil {
			return Schedule{}, fmt.Errorf("schedule %q: %s is %q: %w", name, key, value, err)
		}
		s.values[j] = v
	}
	return s, nil
}

// FromVersion2 returns the text of a schedule from configuration files up to version 2 and
// from checkpoints of version 1 in the form that [Parse] reads, with the same meaning. There
// the patience of plateau was one less than the number of epochs that it waited.
func FromVersion2(text string) string {
	name, settings, more := strings.Cut(text, ":")
	if name != "plateau" {
		return text
	}
	patience, parts := 1.0, []string{} // the default of that time
	if more {
		for setting := range strings.SplitSeq(settings, ",") {
			value, found := strings.CutPrefix(setting, "patience=")
			if !found {
				parts = append(parts, setting)
				continue
			}
			v, err := strconv.ParseFloat(value, 64)
			if err != nil || v < 0 {
				return text // for Parse to refuse
			}
			patience = v
		}
	}
	return fmt.Sprintf("plateau:%s", strings.Join(append(parts, fmt.Sprintf("patience=%g", patience+1)), ","))
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func (p param) check(v float64) error {
	switch {
	case p.whole && (v != math.Trunc(v) || v < p.least):
		return fmt.Errorf("want a whole number from %g", p.least)
	case p.closed && !(v >= p.least && v <= p.most):
		return fmt.Errorf("want a number from %g to %g", p.least, p.most)
	case !p.closed && !(v > p.least && v < p.most):
		return fmt.Errorf("want a number between %g and %g", p.least, p.most)
	}
	return nil
}

// String is the schedule as [Parse] reads it, with all settings.
func (s Schedule) String() string {
	if s.kind == nil {
		return "constant"
	}
	var settings []string
	for i, p := range s.kind.params {
		settings = append(settings, fmt.Sprintf("%s=%g", p.name, s.values[i]))
	}
	if len(settings) == 0 {
		return s.kind.name
	}
	return s.kind.name + ":" + strings.Join(settings, ",")
}

// UnmarshalText is [Parse], for flags and files.
func (s *Schedule) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err == nil {
		*s = parsed
	}
	return err
}

// Factor is what the base rate is multiplied by at a step, counted from 0, of a run
// of total steps, whose validation losses so far, one for each epoch, are losses. The
// zero Schedule is constant.
func (s Schedule) Factor(step, total int, losses []float64) float64 {
	if s.kind == nil || total < 1 {
		return 1
	}
	return s.kind.factor(s.values, min(max(step, 0), total), total, losses)
}

// Plateau reports whether the factor follows the validation losses, so that it needs
// a validation set.
func (s Schedule) Plateau() bool { return s.kind != nil && s.kind.name == "plateau" }
