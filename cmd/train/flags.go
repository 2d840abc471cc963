package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data/augment"
	"inkstone/train/data/mnist"
	"inkstone/train/runfolder"
	"inkstone/train/schedule"
)

const about = `
Train a network on handwritten digits.

  go run ./cmd/train                              MNIST if it can be found or downloaded,
                                                  else the built-in digits
  go run ./cmd/train -model lenet5 -epochs 5      another network, for longer
  go run ./cmd/train -dataset fashion-mnist       another data set
  go run ./cmd/train -resume runs/NAME            go on with a run that was stopped
  go run ./cmd/train -finetune FILE -classes 5-9  teach a trained model another task
  go run ./cmd/train -list                        the names that -model, -dataset and
                                                  -optimizer know

The model and an account of the run are left in a new folder under runs.`

// settings are the flags.
type settings struct {
	data, dataset, model string
	epochs, batch        int
	rate                 float64
	optimizer, schedule  string
	augment, finish      string
	smoothing, mixup     float64
	accumulate           int
	patience             int
	until, average       float64
	decay, l2, momentum  float64
	clip, clipValue      float64
	nesterov             bool
	multipliers          string
	options              solver.Options // of the optimizer, from the flags
	tuning
	seed                 uint64
	workers              int
	limit, val, perClass int
	classes, images      string
	requireAcc           float64
	checkpointSteps      int
	checkpointMinutes    float64
	direct, findRate     bool
	dryRun               bool
	overfit, seeds       int
	offline              bool

	out, resume, config string
	list                bool

	toml    []byte                  // the settings as a configuration
	setSeed func(seed uint64) error // changes the seed, in toml too
}

// unsaved are the flags that are about one call and not about the run.
var unsaved = []string{"out", "resume", "config", "list", "find-lr", "dry-run", "seeds"}

// resumable are the flags that may be given with -resume, since the parameters that
// the run ends with do not depend on them, or the user wants the run to be longer.
var resumable = []string{"resume", "epochs", "workers", "data", "offline", "require-acc", "checkpoint-steps", "checkpoint-minutes", "feature-memory"}

// automatic stands for a number of validation images that follows the set's size.
const automatic = -1

func parse(args []string, stdout io.Writer) (*settings, error) {
	var s settings
	fs := flag.NewFlagSet("train", flag.ContinueOnError)
	fs.StringVar(&s.data, "data", "", "`folder` with the data set's files; without it INKSTONE_DATA, the cache, then a download")
	fs.StringVar(&s.dataset, "dataset", "", "`name` of the data set (default mnist, or builtin if there is no MNIST to be had)")
	fs.StringVar(&s.model, "model", "cnn", "`name` of the network")
	fs.IntVar(&s.epochs, "epochs", 2, "how often each image is trained on")
	fs.IntVar(&s.batch, "batch", 64, "images in a training step")
	fs.Float64Var(&s.rate, "lr", 0, "learning `rate`, 0 for what suits the optimizer (see -list)")
	fs.Float64Var(&s.decay, "weight-decay", 0, "decoupled weight decay of the weights (not of biases and batch norm); 0 for the optimizer's default, below 0 for none")
	fs.Float64Var(&s.l2, "l2", 0, "factor of a penalty on the squares of the weights, half of which is added to the loss")
	fs.Float64Var(&s.momentum, "momentum", 0, "momentum of sgd and rmsprop; 0 for the optimizer's default, below 0 for none")
	fs.BoolVar(&s.nesterov, "nesterov", false, "Nesterov's form of momentum, for sgd")
	fs.Float64Var(&s.clipValue, "clip-value", 0, "bound each element of the gradients to this, 0 for never")
	fs.Float64Var(&s.clip, "clip-norm", 0, "scale the gradients down to this norm, 0 for never")
	fs.StringVar(&s.multipliers, "lr-mult", "", "learning rates of parts of the network, as in conv1*=0.01,conv2*=0.1")
	fs.StringVar(&s.optimizer, "optimizer", "adam", "`name` of the optimizer")
	fs.StringVar(&s.schedule, "schedule", "onecycle", "course of the learning rate, with settings as in cosine:warmup=0.1")
	fs.StringVar(&s.augment, "augment", "none", "distort the training images: none, light, strong, or strengths as in shift=2,rotate=10")
	fs.Float64Var(&s.smoothing, "label-smoothing", 0, "part of each label that is spread over all classes")
	fs.Float64Var(&s.mixup, "mixup", 0, "train on mixtures of two images with shares from Beta(`alpha`, alpha), such as 0.2; training loss and accuracy are then of the mixtures; 0 for none")
	fs.IntVar(&s.accumulate, "accumulate", 1, "batches whose gradients go into one update, which is then that of a batch so many times the size")
	fs.Float64Var(&s.average, "average", 0, "decay of a moving average of the parameters, such as 0.998, which is scored beside them; 0 for none")
	fs.Float64Var(&s.until, "until", 0, "stop after an epoch that validates at so many `percent`, 0 for never")
	fs.IntVar(&s.patience, "patience", 0, "stop after so many epochs without a better validation, 0 for never")
	fs.Uint64Var(&s.seed, "seed", 1, "what all random choices follow from")
	fs.IntVar(&s.workers, "workers", 0, "threads to compute on, 0 for one per processor; the result does not depend on it")
	fs.IntVar(&s.limit, "limit", 0, "train on only so many images, validation included; 0 for all")
	fs.StringVar(&s.classes, "classes", "", "train on some classes only, as in 5-9, 0,3,8 or odd; they are numbered anew")
	fs.IntVar(&s.perClass, "limit-per-class", 0, "train on only so many images of each class, drawn by the seed, in batches no larger than that; 0 for all")
	fs.StringVar(&s.images, "images", "", "`folder` of pictures with a sub-folder for each class, in place of a data set")
	fs.IntVar(&s.val, "val", automatic, "training images set aside for validation, 0 for none, -1 for 5000, or a twelfth of a smaller set, and none with -limit-per-class")
	fs.StringVar(&s.out, "out", "", "`folder` for the model and the account of the run, which must not exist (default runs/<time>-<model>)")
	fs.Float64Var(&s.requireAcc, "require-acc", 0, "end with status 1 if the test accuracy is below so many `percent`")
	fs.StringVar(&s.resume, "resume", "", "go on with the run in that `folder`, or from that checkpoint file in it")
	fs.IntVar(&s.checkpointSteps, "checkpoint-steps", 0, "write a checkpoint every so many steps, 0 for only after each epoch")
	fs.Float64Var(&s.checkpointMinutes, "checkpoint-minutes", 1, "write a checkpoint at least every so many minutes, 0 for only after each epoch")
	fs.StringVar(&s.config, "config", "", "take settings from that TOML `file`, such as a run's config.toml; flags override it")
	fs.BoolVar(&s.direct, "direct", false, "train with 3x3 convolutions as the formula has them, without Winograd's algorithm: slower, and rounded less")
	fs.BoolVar(&s.findRate, "find-lr", false, "train for some steps at rising learning rates, suggest one and draw the curve; no run is made")
	fs.IntVar(&s.seeds, "seeds", 1, "make so many runs, with seeds from -seed on, and give mean and spread of their accuracies")
	fs.StringVar(&s.finish, "finish", "none", "distort in another way in the last epochs: 0.2:light or 0.2:none, for the last fifth of them")
	fs.IntVar(&s.overfit, "overfit-batches", 0, "train on so many batches only and validate on the same, without -augment, -finish, -label-smoothing and -mixup: a network that is right learns them by heart")
	fs.BoolVar(&s.dryRun, "dry-run", false, "show the network, do one step and one evaluation, and leave nothing behind")
	fs.BoolVar(&s.list, "list", false, "list the known models, data sets and optimizers")
	fs.BoolVar(&s.offline, "offline", false, "download nothing")
	s.tuning.register(fs)
	if err := cli.Parse(fs, about, args, stdout); err != nil {
		return nil, err
	}
	if s.list {
		return &s, nil
	}
	if fs.NArg() > 0 {
		return nil, cli.Usagef("unexpected argument %q: every setting is a flag", fs.Arg(0))
	}
	if err := s.readConfig(fs); err != nil {
		return nil, err
	}
	if s.overfit > 0 {
		s.augment, s.finish, s.smoothing, s.mixup = "none", "none", 0, 0
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	s.setSeed = func(seed uint64) (err error) {
		if err = fs.Set("seed", strconv.FormatUint(seed, 10)); err == nil {
			s.toml, err = cli.FormatConfig(fs, unsaved...)
		}
		return err
	}
	return &s, s.setSeed(s.seed)
}

// readConfig takes the settings that the command line leaves open from the
// configuration file or from the run that is to go on, and what these leave open from
// the model's recipe.
func (s *settings) readConfig(fs *flag.FlagSet) error {
	file := s.config
	if s.resume != "" {
		var wrong []string
		fs.Visit(func(f *flag.Flag) {
			if !slices.Contains(resumable, f.Name) {
				wrong = append(wrong, "-"+f.Name)
			}
		})
		if len(wrong) > 0 {
			return cli.Usagef("-resume goes on with the run's own settings: %s cannot be given with it", strings.Join(wrong, ", "))
		}
		folder, _ := runfolder.Split(s.resume)
		file = filepath.Join(folder, runfolder.ConfigFile)
	}
	if file != "" {
		if _, err := cli.ReadConfig(fs, file, unsaved...); err != nil {
			return err
		}
	}
	if s.finetune == "" {
		return follow(fs, s.model)
	}
	s.finetune = runfolder.Model(s.finetune)
	given := false
	fs.Visit(func(f *flag.Flag) { given = given || f.Name == "model" })
	if !given {
		preset, err := model.PresetOf(s.finetune)
		if err != nil {
			return fmt.Errorf("-finetune: %w", err)
		}
		if preset == "" {
			return cli.Usagef("-finetune: %s does not say which network it is of: name it with -model", s.finetune)
		}
		if err := fs.Set("model", preset); err != nil {
			return err
		}
	}
	return follow(fs, tuned)
}

func (s *settings) check() error {
	if _, err := model.Lookup(s.model); err != nil {
		return cli.Usagef("-model: %w", err)
	}
	if s.dataset != "" && !slices.Contains(mnist.Names(), s.dataset) {
		return cli.Usagef("-dataset: unknown data set %q; the known ones are %s", s.dataset, strings.Join(mnist.Names(), ", "))
	}
	if !slices.Contains(solver.Names(), s.optimizer) {
		return cli.Usagef("-optimizer: unknown optimizer %q; the known ones are %s", s.optimizer, strings.Join(solver.Names(), ", "))
	}
	if s.rate < 0 {
		return cli.Usagef("-lr is %v, want a positive number, or 0 for the optimizer's default", s.rate)
	}
	multipliers, err := solver.ParseMultipliers(s.multipliers)
	if err != nil {
		return cli.Usagef("-lr-mult: %w", err)
	}
	s.options = solver.Options{
		Name: s.optimizer, LearningRate: s.rate, WeightDecay: s.decay, L2: s.l2, Momentum: s.momentum, Nesterov: s.nesterov,
		ClipNorm: s.clip, ClipValue: s.clipValue, Multipliers: multipliers,
	}
	if _, err := solver.NewWith(s.options); err != nil {
		return cli.Usagef("%w", err)
	}
	if err := s.tuning.check(); err != nil {
		return err
	}
	if _, err := schedule.Parse(s.schedule); err != nil {
		return cli.Usagef("-schedule: %w", err)
	}
	if _, err := augment.Parse(s.augment); err != nil {
		return cli.Usagef("-augment: %w", err)
	}
	if _, err := train.ParseFinish(s.finish); err != nil {
		return cli.Usagef("-finish: %w", err)
	}
	return cli.Check(
		cli.Rule{Holds: s.smoothing >= 0 && s.smoothing < 1, Else: fmt.Sprintf("-label-smoothing is %v, want at least 0 and below 1", s.smoothing)},
		cli.Rule{Holds: s.mixup >= 0 && !math.IsInf(s.mixup, 0), Else: fmt.Sprintf("-mixup is %v, want a finite number of at least 0", s.mixup)},
		cli.Rule{Holds: s.accumulate >= 1, Else: fmt.Sprintf("-accumulate is %d, want at least 1", s.accumulate)},
		cli.Rule{Holds: s.seeds >= 1, Else: fmt.Sprintf("-seeds is %d, want at least 1", s.seeds)},
		cli.Rule{Holds: s.seeds <= 1 || !s.findRate && !s.dryRun, Else: fmt.Sprintf("-seeds %d makes runs; -find-lr and -dry-run make none", s.seeds)},
		cli.Rule{Holds: !s.findRate || !s.dryRun, Else: "-find-lr and -dry-run exclude each other"},
		cli.Rule{Holds: s.overfit >= 0, Else: fmt.Sprintf("-overfit-batches is %d, want at least 0", s.overfit)},
		cli.Rule{Holds: s.patience >= 0, Else: fmt.Sprintf("-patience is %d, want at least 0", s.patience)},
		cli.Rule{Holds: s.average >= 0 && s.average < 1, Else: fmt.Sprintf("-average is %v, want at least 0 and below 1", s.average)},
		cli.Rule{Holds: s.until >= 0 && s.until <= 100, Else: fmt.Sprintf("-until is %v, want a percentage from 0 to 100", s.until)},
		cli.Rule{Holds: s.until == 0 || s.val != 0, Else: fmt.Sprintf("-until %v follows the validation, and -val 0 leaves none", s.until)},
		cli.Rule{Holds: s.patience == 0 || s.val != 0, Else: fmt.Sprintf("-patience %d follows the validation, and -val 0 leaves none", s.patience)},
		cli.Rule{Holds: s.epochs >= 1, Else: fmt.Sprintf("-epochs is %d, want at least 1", s.epochs)},
		cli.Rule{Holds: s.batch >= 1, Else: fmt.Sprintf("-batch is %d, want at least 1", s.batch)},
		cli.Rule{Holds: s.workers >= 0, Else: fmt.Sprintf("-workers is %d, want at least 0", s.workers)},
		cli.Rule{Holds: s.limit >= 0, Else: fmt.Sprintf("-limit is %d, want at least 0", s.limit)},
		cli.Rule{Holds: s.perClass >= 0, Else: fmt.Sprintf("-limit-per-class is %d, want at least 0", s.perClass)},
		cli.Rule{Holds: s.images == "" || s.data == "" && s.dataset == "", Else: fmt.Sprintf("-images %s and a data set (-data or -dataset) exclude each other", s.images)},
		cli.Rule{Holds: s.val >= automatic, Else: fmt.Sprintf("-val is %d, want at least 0", s.val)},
		cli.Rule{Holds: s.requireAcc >= 0 && s.requireAcc <= 100, Else: fmt.Sprintf("-require-acc is %v, want a percentage from 0 to 100", s.requireAcc)},
		cli.Rule{Holds: s.checkpointSteps >= 0, Else: fmt.Sprintf("-checkpoint-steps is %d, want at least 0", s.checkpointSteps)},
		cli.Rule{Holds: s.checkpointMinutes >= 0, Else: fmt.Sprintf("-checkpoint-minutes is %v, want at least 0", s.checkpointMinutes)},
		cli.Rule{Holds: s.dataset != mnist.Builtin || s.data == "", Else: fmt.Sprintf("-data %s and -dataset builtin exclude each other: the built-in digits are drawn, not read", s.data)},
	)
}

// trainConfig is the configuration of a run with these settings, without callbacks.
func (s *settings) trainConfig() (train.Config, error) {
	course, err := schedule.Parse(s.schedule)
	if err != nil {
		return train.Config{}, err
	}
	distortion, err := augment.Parse(s.augment)
	if err != nil {
		return train.Config{}, err
	}
	finish, err := train.ParseFinish(s.finish)
	cfg := train.Config{
		Epochs: s.epochs, Batch: s.batch, Accumulate: s.accumulate, Optimizer: s.options, Schedule: course,
		Augment: distortion, Finish: finish, Smoothing: s.smoothing, Mixup: s.mixup, Average: s.average,
		Patience: s.patience, Until: s.until / 100, Direct: s.direct, Seed: s.seed, Workers: s.workers,
	}
	s.configure(&cfg)
	return cfg, err
}

// heldOut is the number of images to set aside from a set of n.
func (s *settings) heldOut(n int) (int, error) {
	v := s.val
	switch {
	case v == automatic && s.perClass > 0:
		return 0, nil
	case v == automatic:
		v = min(5000, n/12)
	}
	if v >= n {
		return 0, cli.Usagef("-val is %d, but there are only %d training images", v, n)
	}
	if s.batch > n-v && s.perClass == 0 {
		return 0, cli.Usagef("-batch is %d, but there are only %d images to train on", s.batch, n-v)
	}
	return v, nil
}

func printList(w io.Writer) {
	fmt.Fprintln(w, "Models (-model):")
	for _, p := range model.Presets() {
		fmt.Fprintf(w, "  %-14s  %s\n", p.Name, p.Doc)
		if r := recipe(p.Name); r != "" {
			fmt.Fprintf(w, "  %-14s  trains with %s unless flags say otherwise\n", "", r)
		}
	}
	fmt.Fprintln(w, "\nData sets (-dataset):")
	for _, d := range mnist.Catalogue() {
		fmt.Fprintf(w, "  %s\n", d)
	}
	fmt.Fprintln(w, "\nOptimizers (-optimizer):")
	for _, name := range solver.Names() {
		fmt.Fprintf(w, "  %-14s  learning rate %g unless -lr says otherwise\n", name, solver.DefaultRate(name))
	}
	fmt.Fprintln(w, "\nSchedules (-schedule), with their settings; fractions are of the run's steps or of -lr:")
	for line := range strings.Lines(schedule.Describe()) {
		fmt.Fprint(w, "  ", line)
	}
}
