package report

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"inkstone/internal/atomicfile"
	"inkstone/internal/chart"
	"inkstone/internal/oneline"
	"inkstone/train"
	"inkstone/train/metrics"
	"inkstone/train/runfolder"
)

// comparedPairs is the largest number of runs of which all pairs are compared. Of more runs each
// is compared with the one that has the highest validation accuracy.
const comparedPairs = 5

// leastRate stands for an error rate of 0 in a logarithm.
const leastRate = 1e-4

// comparison returns the report of several runs.
func comparison(l language, runs []*content) *page {
	names := distinctNames(runs)
	p := &page{L: l, Title: l.f("%d runs", len(runs)), Subtitle: strings.Join(names[:min(len(names), 8)], " · ")}
	if len(names) > 8 {
		p.Subtitle += " …"
	}
	p.Notices = notices(runs, names)
	plain := make([]*runfolder.Run, len(runs))
	for i, c := range runs {
		plain[i] = c.Run
	}
	p.add(overview(l, plain, names))
	p.add(overlaid(l, runs, names))
	p.add(differences(l, runs, names))
	p.add(shared(l, runs))
	p.add(recalls(l, runs, names))
	p.add(robustness(l, runs, names))
	return p
}

// notices returns the notices of all runs: first those that every run has, then the others with the
// name of the run.
func notices(runs []*content, names []string) (list []string) {
	common := func(text string) bool {
		return !slices.ContainsFunc(runs, func(c *content) bool { return !slices.Contains(c.notices, text) })
	}
	for _, text := range runs[0].notices {
		if common(text) {
			list = append(list, text)
		}
	}
	for i, c := range runs {
		for _, text := range c.notices {
			if !common(text) {
				list = append(list, names[i]+": "+text)
			}
		}
	}
	return list
}

// WriteTable writes the table of runs to an HTML file, completely or not at all: the settings in
// which they differ, their results, and a small curve of the errors of each. The language is one
// of [Languages].
func WriteTable(path string, runs []*runfolder.Run, language string) error {
	l, err := languageOf(language)
	if err != nil {
		return err
	}
	if slices.Contains(runs, nil) {
		return errors.New("report: a run is nil")
	}
	names := make([]string, len(runs))
	p := &page{L: l, Title: l.f("%d runs", len(runs))}
	for i, r := range runs {
		names[i] = oneline.Escape(r.Path)
		for _, damage := range r.Damage {
			p.Notices = append(p.Notices, names[i]+": "+l.f("Damaged: %s", oneline.Escape(damage)))
		}
	}
	if len(runs) > 0 {
		p.add(overview(l, runs, names))
	}
	content, err := p.render()
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, content)
}

// distinctNames returns the names of the runs: their folders, with the folders above if names are
// equal.
func distinctNames(runs []*content) []string {
	names := make([]string, len(runs))
	count := map[string]int{}
	for i, c := range runs {
		names[i] = c.name
		count[c.name]++
	}
	for i, c := range runs {
		if count[c.name] > 1 {
			names[i] = c.Path
		}
	}
	return names
}

// overview returns the table of the runs with the settings in which they differ, and what they
// share.
func overview(l language, runs []*runfolder.Run, names []string) *section {
	differing := runfolder.DifferingSettings(runs)
	t := &grid{Caption: l.t("Results"), Heads: heads(1, l.t("run"), l.t("test accuracy"), l.t("95 % interval"), l.t("test errors"),
		l.t("validation accuracy"), l.t("finished epochs"), l.t("time"), l.t("state"), l.t("validation errors"))}
	chosen := &grid{Caption: l.t("Settings in which the runs differ"), Heads: heads(len(differing)+1, append([]string{l.t("run")}, differing...)...)}
	low, high := math.Inf(1), math.Inf(-1) // of the logarithms of the error rates
	var curves [][]float64
	for _, r := range runs {
		curve := errorCurve(r)
		for _, v := range curve {
			if !math.IsNaN(v) {
				low, high = min(low, v), max(high, v)
			}
		}
		curves = append(curves, curve)
	}
	for i, r := range runs {
		values := texts(names[i])
		for _, name := range differing {
			values = append(values, cell{Text: r.Setting(name)})
		}
		chosen.Rows = append(chosen.Rows, values)
		within, wrong := runfolder.NoSetting, runfolder.NoSetting
		if r.Result != nil && r.Result.TestInterval != nil {
			within = interval(*r.Result.TestInterval)
		}
		if r.Result != nil && r.Result.TestErrors != nil {
			wrong = thousands(*r.Result.TestErrors)
		}
		row := []cell{{Text: names[i]}, fraction(r.TestAccuracy()), {Text: within}, {Text: wrong}, fraction(r.ValidationAccuracy())}
		row = append(row, texts(thousands(len(r.Epochs)), seconds(l, r.TrainSeconds()), l.t(r.State()))...)
		if len(curves[i]) > 1 && low < high {
			row = append(row, cell{SVG: svg(chart.Sparkline(l.f("validation errors of %s", names[i]), curves[i], low, high))})
		} else {
			row = append(row, cell{Text: runfolder.NoSetting})
		}
		t.Rows = append(t.Rows, row)
	}
	if !slices.ContainsFunc(runs, func(r *runfolder.Run) bool { return r.TestAccuracy() != nil }) {
		t.remove(1, 4) // the trials of a sweep have no test
	}
	s := &section{ID: "runs", Title: l.t("Runs"), Tables: []*grid{t}}
	if len(differing) > 0 {
		s.Tables = append(s.Tables, chosen)
	}
	common := &section{Title: l.t("Settings that the runs share")}
	for _, name := range runfolder.SettingNames(runs) {
		if !slices.Contains(differing, name) {
			common.Settings = append(common.Settings, setting{name, runs[0].Setting(name)})
		}
	}
	if len(common.Settings) > 0 {
		s.More = common
	}
	return s
}

// fraction returns a cell with a fraction in percent.
func fraction(v *float64) cell {
	if v == nil {
		return cell{Text: runfolder.NoSetting}
	}
	return cell{Text: percent(*v), Mark: true}
}

// errorCurve returns the logarithms of the error rates of the epochs on the validation images, or
// without these on the training images.
func errorCurve(r *runfolder.Run) []float64 {
	var list []float64
	for i := range r.Epochs {
		e := &r.Epochs[i]
		rate := 1 - e.TrainAccuracy
		if e.Validation != nil {
			rate = 1 - e.Validation.Accuracy
		}
		list = append(list, math.Log(max(rate, leastRate)))
	}
	return list
}

// overlaid returns the curves of the runs in common charts.
func overlaid(l language, runs []*content, names []string) *section {
	s := &section{ID: "curves", Title: l.t("Curves")}
	type line struct {
		name    string
		measure measure
		score   bool
	}
	for _, k := range []line{
		{"validation accuracy", accuracy, true}, {"validation loss", loss, true}, {"training loss", loss, false},
	} {
		last := 0
		var lines []chart.Series
		for i, c := range runs {
			line := chart.Series{Name: names[i], Color: i}
			for j := range c.Epochs {
				e := &c.Epochs[j]
				v := k.measure.ofTrain(e)
				if k.score {
					v = k.measure.of(e.Validation)
				}
				if !math.IsNaN(v) {
					line.X, line.Y = append(line.X, float64(e.Epoch)), append(line.Y, v)
					last = max(last, e.Epoch)
				}
			}
			if line.X != nil {
				lines = append(lines, line)
			}
		}
		if lines == nil {
			continue
		}
		p := k.measure.plot(l, l.t(k.name), last)
		p.Y.Label, p.Series = l.t(k.measure.label), lines
		p.Width, p.Height = 380, 240+18*float64(len(lines)) // names may need a line each
		s.Figures = append(s.Figures, figures(p.Draw())...)
	}
	if s.Figures == nil {
		return nil
	}
	return s
}

// differences compares the errors of the runs on the test images.
func differences(l language, runs []*content, names []string) *section {
	var tested []int
	for i, c := range runs {
		if c.test != nil {
			tested = append(tested, i)
		}
	}
	if len(tested) < 2 {
		return nil
	}
	s := &section{ID: "differences", Title: l.t("Are the differences more than chance?")}
	type pair struct{ a, b int }
	var pairs []pair
	if len(tested) <= comparedPairs {
		for i, a := range tested {
			for _, b := range tested[i+1:] {
				pairs = append(pairs, pair{a, b})
			}
		}
	} else {
		best := tested[0]
		for _, i := range tested {
			if a, b := runs[i].ValidationAccuracy(), runs[best].ValidationAccuracy(); a != nil && (b == nil || *a > *b) {
				best = i
			}
		}
		for _, i := range tested {
			if i != best {
				pairs = append(pairs, pair{best, i})
			}
		}
		s.Lead = append(s.Lead, l.f("Each run is compared with %s, which has the highest validation accuracy.", names[best]))
	}
	t := &grid{Caption: l.t("Test errors of two runs"), Heads: heads(2, l.t("first run"), l.t("second run"), l.t("only the first right"), l.t("only the second right"), l.t("both wrong"), "p", l.t("p, adjusted"), l.t("more than chance"))}
	var compared []*metrics.Comparison
	var kept []pair
	var values []float64
	for _, k := range pairs {
		first, second := runs[k.a].test.Predictions, runs[k.b].test.Predictions
		if !sameLabels(first, second) {
			s.Lead = append(s.Lead, l.f("%[1]s and %[2]s have other test images.", names[k.a], names[k.b]))
			continue
		}
		m, err := metrics.McNemar(first.Labels, first.Predicted, second.Predicted)
		if err != nil {
			continue // does not happen: there are as many predictions as labels
		}
		compared, kept, values = append(compared, m), append(kept, k), append(values, m.P)
	}
	for i, adjusted := range metrics.Holm(values) {
		m, verdict := compared[i], l.t("no")
		if adjusted < 0.05 {
			verdict = l.t("yes")
		}
		row := texts(names[kept[i].a], names[kept[i].b], fmt.Sprint(m.FirstOnly), fmt.Sprint(m.SecondOnly), fmt.Sprint(m.BothWrong),
			fmt.Sprintf("%.3g", m.P), fmt.Sprintf("%.3g", adjusted), verdict)
		row[len(row)-1].Mark = adjusted < 0.05
		t.Rows = append(t.Rows, row)
	}
	if t.Rows != nil {
		s.Tables = []*grid{t}
		s.Lead = append(s.Lead, l.t("McNemar's exact test looks at the test images that only one of two runs predicts correctly. p is the probability of a difference at least as large between two equally good networks. The adjusted p takes the number of comparisons into account (Holm). The test is about these trained networks; another seed gives other errors."))
	}
	return s
}

// sameLabels reports whether predictions are for the same classes and labels.
func sameLabels(a, b *train.Predictions) bool {
	return slices.Equal(a.Classes, b.Classes) && slices.Equal(a.Labels, b.Labels)
}

// shared shows the images that all tested runs predict incorrectly.
func shared(l language, runs []*content) *section {
	var first *content
	count, tested := map[int]int{}, 0
	for _, c := range runs {
		if c.test == nil {
			continue
		}
		if first == nil {
			first = c
		}
		if !sameLabels(c.test.Predictions, first.test.Predictions) {
			return nil
		}
		tested++
		for _, m := range c.mistakes {
			count[m.Image]++
		}
	}
	if tested < 2 {
		return nil
	}
	var cards []card
	for _, m := range first.mistakes {
		if count[m.Image] == tested && m.Picture != nil {
			cards = append(cards, first.card(l, m))
		}
	}
	if cards == nil {
		return nil
	}
	s := &section{ID: "mistakes", Title: l.t("Mistakes of all runs"), Cards: cards[:min(len(cards), shownMistakes)]}
	s.Lead = []string{l.f("%[1]d test images are wrong in every run. The predictions and probabilities are those of %[2]s.", len(cards), first.name)}
	if rest := cards[len(s.Cards):]; len(rest) > 0 {
		s.More = &section{Title: l.f("%d more mistakes", len(rest)), Cards: rest}
	}
	return s
}

// recalls compares the recall of each class.
func recalls(l language, runs []*content, names []string) *section {
	t := &grid{Caption: l.t("Recall of each class"), Heads: heads(1, l.t("class"))}
	var columns []metrics.Scores
	for i, c := range runs {
		if c.test == nil {
			continue
		}
		scores := c.test.Confusion.Scores()
		if len(columns) > 0 && len(scores) != len(columns[0]) {
			return nil
		}
		columns = append(columns, scores)
		t.Heads = append(t.Heads, head{names[i], true})
	}
	if len(columns) < 2 {
		return nil
	}
	for k, first := range columns[0] {
		row := texts(first.Class)
		best := 0.0
		for _, scores := range columns {
			if scores[k].Class != first.Class {
				return nil
			}
			best = max(best, scores[k].Recall)
		}
		for _, scores := range columns {
			row = append(row, cell{Text: percent(scores[k].Recall), Mark: scores[k].Recall == best})
		}
		t.Rows = append(t.Rows, row)
	}
	return &section{ID: "classes", Title: l.t("Classes"), Tables: []*grid{t}}
}

// robustness overlays the robustness of the runs.
func robustness(l language, runs []*content, names []string) *section {
	curves := map[string][]namedCurve{}
	var order []string
	for i, c := range runs {
		if c.robustness == nil {
			continue
		}
		for _, k := range c.robustness.Curves {
			if curves[k.Distortion] == nil {
				order = append(order, k.Distortion)
			}
			curves[k.Distortion] = append(curves[k.Distortion], namedCurve{names[i], k, c.robustness.Images})
		}
	}
	s := &section{ID: "robustness", Title: l.t("Robustness"), Lead: []string{l.t("Accuracy on validation images after a distortion.")}}
	for _, name := range order {
		s.Figures = append(s.Figures, figure{SVG: svg(robustnessChart(l, name, curves[name])), Caption: l.t(name)})
	}
	if s.Figures == nil {
		return nil
	}
	return s
}
