package report

import (
	"fmt"
	"html/template"
	"image"
	"slices"
	"strconv"
	"strings"

	"inkstone/internal/inline"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/metrics"
	"inkstone/train/runfolder"
	"inkstone/train/settings"
)

// Limits of a report.
const (
	shownMistakes = 24 // the others are folded away
	shownPairs    = 12
	shownBars     = 3
)

// page returns the report of one run.
func (c *content) page(l language) *page {
	p := &page{L: l, Title: c.name, Subtitle: c.subtitle(l), Notices: c.notices, Tiles: c.tiles(l)}
	p.add(c.curves(l))
	p.add(c.mistakeSection(l))
	p.add(c.confusion(l))
	p.add(c.classes(l))
	p.add(c.reliability(l))
	p.add(c.robust(l))
	p.add(c.filters(l))
	p.add(c.baseline(l))
	p.add(c.network(l))
	p.add(c.settings(l))
	return p
}

// subtitle describes the run in one line.
func (c *content) subtitle(l language) string {
	parts := []string{}
	if c.Dataset() != "" {
		parts = append(parts, l.f("%[1]s on %[2]s", c.Model(), c.Dataset()))
	} else {
		parts = append(parts, c.Model())
	}
	parts = append(parts, l.t(c.State()))
	if c.Result != nil && endings[c.Result.Ended] != "" {
		parts = append(parts, l.t(endings[c.Result.Ended]))
	}
	return strings.Join(parts, " · ")
}

// endings says why a run ended. An interruption is a state.
var endings = map[string]string{
	train.EndedEpochs:   "all epochs are done",
	train.EndedPatience: "the validation set showed no improvement any more",
	train.EndedUntil:    "the validation accuracy of -until was reached",
	train.EndedStop:     "stopped by a callback",
}

// tiles returns the numbers at the top.
func (c *content) tiles(l language) []tile {
	var list []tile
	r := c.Result
	if a := c.TestAccuracy(); a != nil {
		remark := ""
		if r.TestInterval != nil {
			remark = l.f("95 %% interval %s", interval(*r.TestInterval))
		}
		list = append(list, tile{l.t("test accuracy"), percent(*a), remark})
		if r.TestErrors != nil {
			list = append(list, tile{l.t("test errors"), thousands(*r.TestErrors), l.f("in %s images", thousands(r.TestImages))})
		}
	}
	if a := c.ValidationAccuracy(); a != nil {
		remark := ""
		if r != nil {
			remark = l.f("epoch %[1]d of %[2]d", r.BestEpoch, r.Epochs)
		}
		list = append(list, tile{l.t("validation accuracy"), percent(*a), remark})
	} else if c.history != nil {
		last := c.Epochs[len(c.Epochs)-1]
		list = append(list, tile{l.t("training accuracy"), percent(last.TrainAccuracy), l.f("epoch %d", last.Epoch)})
	}
	if c.history != nil {
		list = append(list, tile{l.t("training time"), seconds(l, c.TrainSeconds()), l.f("%s images/s", thousands(int(c.ImagesPerSecond()+0.5)))})
	}
	if r != nil {
		list = append(list, tile{l.t("training images"), thousands(r.TrainImages), l.f("and %s for validation", thousands(r.ValidationImages))})
		list = append(list, tile{l.t("parameters"), thousands(r.Parameters), l.f("seed %d", r.Seed)})
	} else {
		list = append(list, tile{l.t("finished epochs"), thousands(len(c.Epochs)), ""})
	}
	return list
}

func (c *content) curves(l language) *section {
	if c.history == nil {
		return nil
	}
	s := &section{ID: "curves", Title: l.t("Curves"), Figures: figures(curveCharts(l, c.history)...)}
	s.Lead = []string{l.t("The axis of the accuracy is logarithmic in the error rate. A ring marks the best epoch, whose parameters the model has.")}
	return s
}

// mistakeSection shows the mistakes as pictures with probabilities.
func (c *content) mistakeSection(l language) *section {
	if len(c.mistakes) == 0 {
		return nil
	}
	s := &section{ID: "mistakes", Title: l.t("Mistakes")}
	s.Lead = append(s.Lead, l.f("%[1]s of %[2]s test images have a wrong prediction. They follow by decreasing loss: the label, the prediction, and the largest probabilities.",
		thousands(len(c.mistakes)), thousands(c.test.Images)))
	disputed := 0
	var cards []card
	for _, m := range c.mistakes {
		if m.Disputed != "" {
			disputed++
		}
		if m.Picture != nil {
			cards = append(cards, c.card(l, m))
		}
	}
	if disputed > 0 {
		s.Lead = append(s.Lead, l.f("%d of these labels are disputed: most of five people who were asked did not choose the label (Northcutt, Athalye and Mueller, 2021).", disputed))
	}
	s.Cards = cards[:min(len(cards), shownMistakes)]
	if rest := cards[len(s.Cards):]; len(rest) > 0 {
		s.More = &section{Title: l.f("%d more mistakes", len(rest)), Cards: rest}
	}
	return s
}

// card returns a mistake as a card.
func (c *content) card(l language, m runfolder.Mistake) card {
	k := card{
		Source: dataURI(m.Picture), Alt: l.f("test image %d", m.Image), Label: m.Label, Predicted: m.Predicted,
		Remark: l.f("image %[1]d, loss %.2[2]f", m.Image, m.Loss),
	}
	if m.Disputed != "" {
		k.Remark += " · " + l.f("disputed, votes: %s", votes(l, m.Disputed))
	}
	probabilities := c.test.Predictions.Image(m.Image)
	order := make([]int, len(probabilities))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case probabilities[a] > probabilities[b]:
			return -1
		case probabilities[a] < probabilities[b]:
			return 1
		}
		return 0
	})
	classes := c.test.Predictions.Classes
	label := slices.Index(classes, m.Label)
	shown := order[:min(len(order), shownBars)]
	if !slices.Contains(shown, label) && label >= 0 {
		shown[len(shown)-1] = label
	}
	for _, i := range shown {
		class := "other"
		switch classes[i] {
		case m.Label:
			class = "good"
		case m.Predicted:
			class = "bad"
		}
		k.Bars = append(k.Bars, bar{classes[i], round(probabilities[i]) * 100, share(probabilities[i]), class})
	}
	return k
}

// votes returns a vote in words, see [mnist.Dispute.String]. A vote in another form is returned as
// it is.
func votes(l language, text string) string {
	var parts []string
	for _, part := range strings.Fields(text) {
		answer, people, ok := strings.Cut(part, "=")
		if !ok {
			return text
		}
		if people != "0" {
			parts = append(parts, l.f("%[1]s for %[2]s", people, l.t(answer)))
		}
	}
	return strings.Join(parts, l.t(", "))
}

// dataURI returns an image as the source of an img element.
func dataURI(img image.Image) template.URL { return template.URL(inline.PNG(img)) }

func (c *content) confusion(l language) *section {
	if c.test == nil {
		return nil
	}
	m := c.test.Confusion
	s := &section{ID: "confusion", Title: l.t("Confusion matrix"), Split: true, Figures: figures(confusionChart(l, m))}
	s.Lead = []string{l.t("Each row is a label, each column a predicted class. Wrong predictions are red.")}
	s.Figures[0].Caption = ""
	type pair struct{ label, predicted, count int }
	var pairs []pair
	names := m.Classes()
	for i := range names {
		for j := range names {
			if n := m.At(i, j); i != j && n > 0 {
				pairs = append(pairs, pair{i, j, n})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return b.count - a.count })
	if len(pairs) > 0 {
		t := &grid{Caption: l.t("Most frequent confusions"), Heads: heads(2, l.t("label"), l.t("predicted"), l.t("images"))}
		for _, p := range pairs[:min(len(pairs), shownPairs)] {
			t.Rows = append(t.Rows, texts(names[p.label], names[p.predicted], strconv.Itoa(p.count)))
		}
		s.Tables = append(s.Tables, t)
	}
	return s
}

func (c *content) classes(l language) *section {
	var scores metrics.Scores
	switch {
	case c.test != nil:
		scores = c.test.Confusion.Scores()
	case c.Result != nil:
		scores = c.Result.Classes
	}
	if len(scores) == 0 {
		return nil
	}
	t := &grid{Caption: l.t("Scores of each class"), Heads: heads(1, l.t("class"), l.t("images"), l.t("precision"), l.t("95 % interval"), l.t("recall"), l.t("95 % interval"), "F1")}
	for _, k := range scores {
		t.Rows = append(t.Rows, texts(k.Class, strconv.Itoa(k.Images), percent(k.Precision), interval(k.PrecisionInterval), percent(k.Recall), interval(k.RecallInterval), percent(k.F1)))
	}
	m := scores.Macro()
	t.Rows = append(t.Rows, texts(l.t("mean over the classes"), strconv.Itoa(m.Images), percent(m.Precision), "", percent(m.Recall), "", percent(m.F1)))
	return &section{ID: "classes", Title: l.t("Classes"), Tables: []*grid{t}, Lead: []string{
		l.t("Precision is the fraction of the images predicted as the class that are of the class. Recall is the fraction of the images of the class that are predicted as it. F1 is their harmonic mean."),
	}}
}

func (c *content) reliability(l language) *section {
	if c.test == nil {
		return nil
	}
	k := c.test.Calibration
	return &section{ID: "reliability", Title: l.t("Reliability"), Figures: figures(reliabilityCharts(l, k)...), Lead: []string{
		l.t("In a calibrated network, 80 % of the predictions with a confidence of 80 % are correct, and the points lie on the diagonal."),
		l.f("Expected calibration error %.2[1]f %%, Brier score %.4[2]f, negative log-likelihood %.4[3]f nats.", 100*k.ECE(), k.Brier(), k.NLL()),
	}}
}

func (c *content) filters(l language) *section {
	if c.model == nil {
		return nil
	}
	for _, layer := range c.model.Layers() {
		maps, err := c.model.Filters(layer.Name)
		if err != nil {
			continue // no convolution
		}
		picture := maps.Picture()
		size := picture.Bounds()
		img := fmt.Sprintf(`<img class="map" src="%s" width="%d" height="%d" alt="%s">`,
			dataURI(picture), size.Dx(), size.Dy(), template.HTMLEscapeString(l.f("filters of %s", layer.Name)))
		return &section{ID: "filters", Title: l.t("First filters"), Figures: []figure{{SVG: template.HTML(img)}}, Lead: []string{
			l.f("The weights of %[1]s, the first convolution: %[2]d filters of %[3]d x %[4]d. Red is positive, blue negative, white 0.", layer.Name, maps.Len(), maps.Height, maps.Width),
		}}
	}
	return nil
}

func (c *content) baseline(l language) *section {
	if len(c.baselines) == 0 {
		return nil
	}
	t := &grid{Caption: l.t("Fine-tuning and training from random weights"),
		Heads: heads(1, l.t("start"), l.t("test accuracy"), l.t("s per epoch"), l.t("epochs"), l.t("trainable"))}
	for _, b := range c.baselines {
		t.Rows = append(t.Rows, texts(l.t(b.Start), percent(b.TestAccuracy), fmt.Sprintf("%.2f", b.SecondsPerEpoch), strconv.Itoa(b.Epochs), thousands(b.Trainable)))
	}
	return &section{ID: "baseline", Title: l.t("Baseline"), Tables: []*grid{t}}
}

func (c *content) network(l language) *section {
	if c.model == nil {
		return nil
	}
	summary, err := c.model.Summary()
	if err != nil {
		return nil
	}
	t := &grid{Caption: l.t("Layers"), Heads: heads(2, l.t("layer"), l.t("kind"), l.t("output"), l.t("parameters"), l.t("million FLOPs"))}
	for _, k := range summary.Layers {
		flops := ""
		if k.FLOPs > 0 {
			flops = fmt.Sprintf("%.2f", float64(k.FLOPs)/1e6)
		}
		output := make([]string, len(k.Output))
		for i, n := range k.Output {
			output[i] = strconv.Itoa(n)
		}
		t.Rows = append(t.Rows, texts(k.Name, k.Kind, strings.Join(output, " × "), thousands(k.Params), flops))
	}
	return &section{ID: "network", Title: l.t("Network"), Lead: []string{
		l.f("%[1]s parameters, %.1[2]f million floating-point operations for an image.", thousands(summary.Params), float64(summary.FLOPs)/1e6),
	}, More: &section{Title: l.t("All layers"), Tables: []*grid{t}}}
}

func (c *content) settings(l language) *section {
	s := &section{ID: "settings", Title: l.t("Settings")}
	if flags, ok := c.changed(); ok && flags == "" {
		s.Lead = append(s.Lead, l.f("All settings are the defaults of the network %s.", c.Model()))
	} else if ok {
		s.Lead = append(s.Lead, l.f("They differ from the defaults of the network %[1]s in: %[2]s", c.Model(), flags))
	}
	for _, name := range runfolder.SettingNames([]*runfolder.Run{c.Run}) {
		s.Settings = append(s.Settings, setting{name, c.Setting(name)})
	}
	if r := c.Result; r != nil && r.Source != "" {
		s.Lead = append(s.Lead, l.f("Images: %s", r.Source))
	}
	return s
}

// changed returns, as flags, the settings of the training and of the data that are not the
// defaults of the network. ok is false if the defaults are not known.
func (c *content) changed() (flags string, ok bool) {
	written, _, err := runfolder.ReadSettings(runfolder.ConfigPath(c.Path))
	if err != nil || c.Model() == "" || written["finetune"] != "" {
		return "", false
	}
	tables := func() (settings.Lists, *train.Config, *data.Selection) {
		cfg, selection := train.Recipe(c.Model())
		return settings.Lists{cfg.Settings(), selection.Settings()}, &cfg, &selection
	}
	defaults, _, _ := tables()
	now, _, selection := tables()
	if err := now.Apply(written); err != nil {
		return "", false
	}
	selection.Dataset, selection.Dir, selection.Images = "", "", "" // where the images are
	return now.Differences(defaults), true
}
