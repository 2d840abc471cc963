package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/model"
	"inkstone/train"
)

// tuning are the flags of fine-tuning.
type tuning struct {
	finetune, freeze, head    string
	partial, baseline         bool
	unfreezeAt, unfreezeEvery int
	layerDecay                float64
	featureMemory             int // MiB
}

func (t *tuning) register(fs *flag.FlagSet) {
	fs.StringVar(&t.finetune, "finetune", "", "begin from a run folder's model or from a model `file`, of Inkstone or of PyTorch (safetensors), with its convolutional part frozen")
	fs.StringVar(&t.freeze, "freeze", "", "`patterns` of the parameters to freeze, as in conv*,!conv2*; none for none (default with -finetune: every convolution with its batch norm)")
	fs.StringVar(&t.head, "head", "auto", "the layer that tells the classes apart: keep it, make it new, or auto: keep it if the classes are those of the file")
	fs.BoolVar(&t.partial, "partial", false, "take what matches from a model file that lacks parameters or has others")
	fs.IntVar(&t.unfreezeAt, "unfreeze-at", 0, "let frozen layers train from this `epoch` on, 0 for never")
	fs.IntVar(&t.unfreezeEvery, "unfreeze-every", 0, "let the next layer down join after so many `epochs` each, 0 for all at once")
	fs.Float64Var(&t.layerDecay, "layer-decay", 0, "factor from a layer's learning rate to that of the next one down, 0 for equal rates")
	fs.IntVar(&t.featureMemory, "feature-memory", train.DefaultFeatureMemory>>20, "`MiB` for what a frozen part computes of each image, kept so that it is computed once; 0 to compute it at each step")
	fs.BoolVar(&t.baseline, "baseline", false, "train the same network from fresh parameters too, with and without the frozen part, and compare")
}

// patterns are those of -freeze.
func (t *tuning) patterns() []string {
	var list []string
	for _, p := range strings.Split(t.freeze, ",") {
		if p = strings.TrimSpace(p); p != "" {
			list = append(list, p)
		}
	}
	return list
}

func (t *tuning) check() error {
	return cli.Check(
		cli.Rule{Holds: slices.Contains([]string{"auto", "keep", "new"}, t.head), Else: fmt.Sprintf("-head is %q, want auto, keep or new", t.head)},
		cli.Rule{Holds: t.finetune != "" || t.head == "auto", Else: fmt.Sprintf("-head %s is about the head of a model to begin from: name it with -finetune", t.head)},
		cli.Rule{Holds: t.finetune != "" || !t.partial, Else: "-partial is about a model file to begin from: name it with -finetune"},
		cli.Rule{Holds: t.finetune != "" || !t.baseline, Else: "-baseline compares with a model to begin from: name it with -finetune"},
		cli.Rule{Holds: t.unfreezeAt >= 0, Else: fmt.Sprintf("-unfreeze-at is %d, want at least 0", t.unfreezeAt)},
		cli.Rule{Holds: t.unfreezeEvery >= 0, Else: fmt.Sprintf("-unfreeze-every is %d, want at least 0", t.unfreezeEvery)},
		cli.Rule{Holds: t.unfreezeEvery == 0 || t.unfreezeAt > 0, Else: fmt.Sprintf("-unfreeze-every %d needs -unfreeze-at, the epoch to begin with", t.unfreezeEvery)},
		cli.Rule{Holds: t.layerDecay >= 0 && t.layerDecay <= 1, Else: fmt.Sprintf("-layer-decay is %v, want 0 to 1", t.layerDecay)},
		cli.Rule{Holds: t.featureMemory >= 0, Else: fmt.Sprintf("-feature-memory is %d MiB, want at least 0", t.featureMemory)},
	)
}

// configure adds the settings to a run's configuration.
func (t *tuning) configure(cfg *train.Config) {
	cfg.Unfreeze = train.Unfreezing{At: t.unfreezeAt, Every: t.unfreezeEvery}
	cfg.LayerDecay = t.layerDecay
	cfg.FeatureMemory = int64(t.featureMemory) << 20
	if t.featureMemory == 0 {
		cfg.FeatureMemory = -1
	}
}

// begin makes the model that -finetune begins from, for the task that the data are.
func (t *tuning) begin(s *settings, d *sets) (*model.Model, *model.Transfer, error) {
	m, transfer, err := model.Start{
		Path: t.finetune, Preset: s.model, Classes: d.training.Classes(), Head: t.head, Partial: t.partial, Seed: s.seed,
		Height: d.training.Height(), Width: d.training.Width(),
	}.Load()
	if err != nil {
		return nil, nil, fmt.Errorf("-finetune: %w", err)
	}
	return m, transfer, nil
}

// freezeIn freezes what -freeze names, or what fine-tuning freezes by itself.
func (t *tuning) freezeIn(m *model.Model) error {
	if t.freeze == "" && t.finetune == "" {
		return nil
	}
	if err := m.Freeze(t.patterns()...); err != nil {
		return fmt.Errorf("-freeze: %w", err)
	}
	if f := m.Freezing(); f.Trainable == 0 {
		return cli.Usagef("-freeze %s freezes all of the %d parameters of %s: nothing is left to train", t.freeze, f.Frozen, m.Preset)
	}
	return nil
}

// tell shows what the model began from, and what of it trains.
func (r *runner) tell(out io.Writer) {
	if r.transfer != nil {
		fmt.Fprintf(out, "from   %s\n", r.finetune)
		for line := range strings.Lines(r.transfer.String()) {
			fmt.Fprintf(out, "       %s", line)
		}
	}
	if f := r.model.Freezing(); f.Frozen > 0 {
		fmt.Fprint(out, f)
	}
}

// stage prints which parameters start to train and whether features are kept.
func (r *runner) stage(s train.Stage) error {
	r.progress.clear()
	if text := s.String(); text != "" {
		fmt.Fprintln(r.out, text)
	}
	return nil
}
