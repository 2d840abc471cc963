// Package measure holds the experiments of the book. An experiment trains networks on MNIST and
// returns numbers, which the text shows, and lists, which the figures draw. Their results are
// stored in the folder results, so that the book can be filled and checked without training.
package measure

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"inkstone/internal/atomicfile"
	"inkstone/train/data"
	"inkstone/train/data/mnist"
	"inkstone/train/metrics"
)

// Number is a measured number: its value in each run, for example with each seed.
type Number struct {
	Runs []float64 `json:"runs"`
	// Spread is the largest distance between Mean and the mean of another measurement that counts
	// as the same result.
	Spread float64 `json:"spread"`
}

// Mean returns the mean of the runs.
func (n Number) Mean() float64 { return n.summary().Mean }

// Deviation returns the sample standard deviation of the runs, 0 for one run.
func (n Number) Deviation() float64 { return n.summary().Deviation }

func (n Number) summary() metrics.Summary {
	s, err := metrics.Summarize(n.Runs)
	if err != nil {
		panic(err) // a mistake in an experiment: no runs, or a number that is not finite
	}
	return s
}

// Result is the result of an experiment.
type Result struct {
	Numbers map[string]Number    `json:"numbers"`
	Lists   map[string][]float64 `json:"lists,omitempty"` // for the figures
}

// add adds a number whose other measurements may differ by at least slack, and by three times the
// deviation of the runs.
func (r *Result) add(name string, slack float64, runs ...float64) {
	if r.Numbers == nil {
		r.Numbers = map[string]Number{}
	}
	n := Number{Runs: rounded(runs)}
	n.Spread = round(max(slack, 3*n.Deviation()))
	r.Numbers[name] = n
}

// list adds a list.
func (r *Result) list(name string, values []float64) {
	if r.Lists == nil {
		r.Lists = map[string][]float64{}
	}
	r.Lists[name] = rounded(values)
}

// round returns v with six significant digits, which keeps the files short.
func round(v float64) float64 {
	if v == 0 {
		return 0
	}
	scale := math.Pow(10, 5-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

func rounded(values []float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = round(v)
	}
	return out
}

// Env is what an experiment works with.
type Env struct {
	Training   *data.Set // 50,000 of MNIST's training images
	Validation *data.Set // the other 10,000
	Test       *data.Set
	Dir        string // folder of MNIST, "" for the usual places
	Log        func(format string, args ...any)
}

// NewEnv loads MNIST from a folder, or from the usual places if dir is "".
func NewEnv(ctx context.Context, dir string, log func(format string, args ...any)) (*Env, error) {
	training, test, err := mnist.Load(ctx, mnist.Options{Name: mnist.Default, Dir: dir, Logf: log})
	if err != nil {
		return nil, err
	}
	e := &Env{Test: test, Dir: dir, Log: log}
	e.Training, e.Validation, err = training.Split(10000, 1)
	return e, err
}

// Experiment is an experiment of the book.
type Experiment struct {
	Name string
	run  func(context.Context, *Env) (*Result, error)
}

// Experiments are all experiments, in the order of the chapters.
var Experiments = []Experiment{
	{"mnist", describeMNIST},
	{"baselines", baselines},
	{"filters", filters},
	{"rates", rates},
	{"decay", decay},
	{"landscape", landscape},
	{"finetune", fineTune},
	{"alphabet", alphabet},
	{"scaling", scaling},
	{"fewlabels", fewLabels},
	{"distill", distill},
	{"quantize", quantize},
	{"adversarial", adversarial},
	{"seeds", seeds},
	{"writers", writers},
	{"calibration", calibration},
}

// Run runs an experiment and returns its result.
func Run(ctx context.Context, name string, e *Env) (*Result, error) {
	i := slices.IndexFunc(Experiments, func(x Experiment) bool { return x.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("no experiment is named %q", name)
	}
	r, err := Experiments[i].run(ctx, e)
	if err != nil {
		return nil, fmt.Errorf("experiment %q: %w", name, err)
	}
	return r, nil
}

// Save writes the result of an experiment into a folder.
func Save(folder, name string, r *Result) error {
	var b bytes.Buffer
	b.WriteString("{\n")
	if err := lines(&b, "numbers", r.Numbers); err != nil {
		return err
	}
	b.WriteString(",\n")
	if err := lines(&b, "lists", r.Lists); err != nil {
		return err
	}
	b.WriteString("\n}\n")
	return atomicfile.WriteBytes(filepath.Join(folder, name+".json"), b.Bytes())
}

// lines writes a map as JSON with an entry in each line, sorted by name.
func lines[V any](b *bytes.Buffer, name string, m map[string]V) error {
	fmt.Fprintf(b, "%q: {", name)
	for i, key := range slices.Sorted(maps.Keys(m)) {
		value, err := json.Marshal(m[key])
		if err != nil {
			return err
		}
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(b, "\n%q: %s", key, value)
	}
	b.WriteString("}")
	return nil
}

// Load reads the stored result of each experiment.
func Load(folder fs.FS) (map[string]*Result, error) {
	all := map[string]*Result{}
	for _, e := range Experiments {
		b, err := fs.ReadFile(folder, e.Name+".json")
		if err != nil {
			if os.IsNotExist(err) {
				continue
			}
			return nil, err
		}
		r := &Result{}
		if err := json.Unmarshal(b, r); err != nil {
			return nil, fmt.Errorf("%s.json: %w", e.Name, err)
		}
		all[e.Name] = r
	}
	return all, nil
}

// Compare returns a line for each number of a stored result that another measurement does not repeat
// within its spread.
func Compare(stored, fresh *Result) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(stored.Numbers)) {
		a, ok := fresh.Numbers[name]
		b := stored.Numbers[name]
		if !ok || !(math.Abs(a.Mean()-b.Mean()) <= b.Spread) {
			lines = append(lines, fmt.Sprintf("%s is %g, stored as %g, which may differ by %g", name, a.Runs, b.Runs, b.Spread))
		}
	}
	return lines
}
