// Package schedule holds the schedules of the learning rate. A schedule gives a factor of the
// base rate for each step of a run.
//
// [Parse] reads a schedule from text such as "cosine:warmup=0.1", [Describe] returns the list
// of schedules, and [New] returns a custom schedule. A [Schedule] has no state, so a resumed
// run continues with the same rates.
package schedule

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"inkstone/internal/oneline"
)

// ErrUnknown reports the name of a schedule that does not exist. The errors of [Parse] wrap it.
var ErrUnknown = errors.New("unknown schedule")

// Schedule gives the learning rate at each step as a factor of the base rate. The factor
// depends on the step, the number of steps in the run, and the validation losses so far. The
// zero Schedule is constant.
type Schedule struct {
	kind   *kind
	values []float64 // values of kind.params
}

// kind is a family of schedules.
type kind struct {
	name   string
	doc    string
	params []param
	// factor returns the factor of the base rate at a step, counted from 0, of a run of total
	// steps. v holds the values of params.
	factor func(v []float64, step, total int, losses []float64) float64
}

// param is a setting of a kind.
type param struct {
	name     string
	initial  float64 // default
	min, max float64
	whole    bool // whether only whole numbers are valid
	closed   bool // whether min and max are valid
}

// fraction returns a setting from 0 to 1.
func fraction(name string, initial float64) param {
	return param{name: name, initial: initial, min: 0, max: 1, closed: true}
}

// count returns a setting that is a whole number of at least min.
func count(name string, initial, min float64) param {
	return param{name: name, initial: initial, min: min, max: 1e9, whole: true, closed: true}
}

var kinds = []*kind{
	{
		name: "constant", doc: "the base rate at each step",
		factor: func([]float64, int, int, []float64) float64 { return 1 },
	},
	{
		name: "linear", doc: "linear decay to floor after a warm-up",
		params: []param{fraction("warmup", 0), fraction("floor", 0)},
		factor: func(v []float64, step, total int, _ []float64) float64 {
			up, rest := warmUp(v[0], step, total)
			return up * (1 - (1-v[1])*rest)
		},
	},
	{
		name: "cosine", doc: "cosine decay to floor after a warm-up, repeated after each restart (Loshchilov and Hutter, arXiv:1608.03983)",
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
		name: "onecycle", doc: "cosine increase from 1/start of the base rate during the warm-up, then cosine decay to 1/end of it (Smith and Topin, arXiv:1708.07120)",
		params: []param{fraction("warmup", 0.3), {name: "start", initial: 25, min: 1, max: 1e9, closed: true}, {name: "end", initial: 1e4, min: 1, max: 1e9, closed: true}},
		factor: func(v []float64, step, total int, _ []float64) float64 {
			if x, peak := float64(step), v[0]*float64(total); x < peak {
				return 1/v[1] + (1-1/v[1])*half(x/peak)
			}
			_, rest := warmUp(v[0], step, total)
			return 1/v[2] + (1-1/v[2])*half(1-rest)
		},
	},
	{
		name: "step", doc: "multiplied by factor after each of the stages, which have equal lengths",
		params: []param{{name: "factor", initial: 0.1, min: 0, max: 1}, count("stages", 3, 1)},
		factor: func(v []float64, step, total int, _ []float64) float64 {
			return math.Pow(v[0], math.Floor(v[1]*float64(step)/float64(total)))
		},
	},
	{
		name: "exponential", doc: "exponential decay to end of the base rate",
		params: []param{{name: "end", initial: 0.01, min: 0, max: 1, closed: true}},
		factor: func(v []float64, step, total int, _ []float64) float64 {
			return math.Pow(v[0], float64(step)/float64(total))
		},
	},
	{
		name: "plateau", doc: "multiplied by factor when the validation loss has not improved for patience epochs",
		params: []param{{name: "factor", initial: 0.3, min: 0, max: 1}, count("patience", 1, 1)},
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

// New returns a custom schedule. factor returns the factor of the base rate, at least 0, at a
// step, counted from 0, of a run of total steps. The factor must depend on these two numbers
// only, so that a resumed run continues with the same rates. Checkpoints store the name.
// [Parse] does not know it. [Schedule.Check] returns an error if factor is nil.
func New(name string, factor func(step, total int) float64) Schedule {
	k := &kind{name: name, doc: "a custom schedule"}
	if factor != nil {
		k.factor = func(_ []float64, step, total int, _ []float64) float64 { return factor(step, total) }
	}
	return Schedule{kind: k}
}

// Check returns an error if a custom schedule has no function or if its name is not on one line.
func (s Schedule) Check() error {
	if s.kind == nil {
		return nil
	}
	if s.kind.factor == nil {
		return fmt.Errorf("schedule %q has no function: it is nil", s.kind.name)
	}
	if err := oneline.Check(s.kind.name); err != nil {
		return fmt.Errorf("schedule: the name %w", err)
	}
	return nil
}

// warmUp returns the factor of a linear warm-up over a fraction of the steps, and the progress
// of the remaining steps from 0 to 1.
func warmUp(fraction float64, step, total int) (up, rest float64) {
	x, warm := float64(step), fraction*float64(total)
	if x < warm {
		return (x + 1) / (math.Floor(warm) + 1), 0
	}
	if warm >= float64(total) {
		return 1, 1
	}
	return 1, (x - warm) / (float64(total) - warm)
}

// half returns half a period of a cosine, which rises from 0 at x = 0 to 1 at x = 1.
func half(x float64) float64 { return (1 - math.Cos(math.Pi*x)) / 2 }

// kindNames returns the names of the kinds.
func kindNames() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// Describe returns a line for each kind of schedule, with its settings and their defaults.
func Describe() string {
	var b strings.Builder
	for _, k := range kinds {
		s := Schedule{kind: k}
		for _, p := range k.params {
			s.values = append(s.values, p.initial)
		}
		fmt.Fprintf(&b, "%s: %s\n", s, k.doc)
	}
	return b.String()
}

// Parse reads a schedule from text: the name of a kind, then a colon and the settings that
// differ from the defaults, as in "cosine:warmup=0.1,restarts=2". warmup is a fraction of the
// steps of the run. floor is a fraction of the base rate. Parse returns an error that wraps
// [ErrUnknown] if there is no such kind, and an error for an invalid setting.
func Parse(text string) (Schedule, error) {
	name, settings, more := strings.Cut(text, ":")
	i := slices.IndexFunc(kinds, func(k *kind) bool { return k.name == name })
	if i < 0 {
		return Schedule{}, fmt.Errorf("%w %q; the known ones are %s", ErrUnknown, name, strings.Join(kindNames(), ", "))
	}
	s := Schedule{kind: kinds[i]}
	var known []string
	for _, p := range s.kind.params {
		s.values = append(s.values, p.initial)
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

// orNone returns a list of names, or "none" if there are none.
func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// check returns an error if v is not a valid value of the setting.
func (p param) check(v float64) error {
	switch {
	case p.whole && (v != math.Trunc(v) || v < p.min):
		return fmt.Errorf("want a whole number of at least %g", p.min)
	case p.closed && !(v >= p.min && v <= p.max):
		return fmt.Errorf("want a number from %g to %g", p.min, p.max)
	case !p.closed && !(v > p.min && v < p.max):
		return fmt.Errorf("want a number above %g and below %g", p.min, p.max)
	}
	return nil
}

// String returns the schedule with all its settings in the form that [Parse] reads.
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

// UnmarshalText sets the schedule as [Parse] does, for flags and files.
func (s *Schedule) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err == nil {
		*s = parsed
	}
	return err
}

// Factor returns the factor of the base rate at a step, counted from 0, of a run of total
// steps. losses holds the validation loss of each epoch so far.
func (s Schedule) Factor(step, total int, losses []float64) float64 {
	if s.kind == nil || s.kind.factor == nil || total < 1 {
		return 1
	}
	return s.kind.factor(s.values, min(max(step, 0), total), total, losses)
}

// Plateau reports whether the factor depends on the validation losses, so that the run needs a
// validation set.
func (s Schedule) Plateau() bool { return s.kind != nil && s.kind.name == "plateau" }
