package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"inkstone/graph/solver"
	"inkstone/train/data"
	"inkstone/train/data/augment"
	"inkstone/train/schedule"
	"inkstone/train/settings"
)

// Config holds the settings of a training. [Recipe] and [Defaults] fill one in; change
// what you like and leave the rest. Every value means itself: 0 is none where that makes
// sense and is refused where it does not.
//
// Each setting is written down once, in [Config.Settings]: its flag, its key in a
// configuration file, its range, and whether a run can only be resumed with the same
// value.
type Config struct {
	Epochs    int               // passes over the training images
	Batch     int               // images in a batch; a smaller set is one batch
	Optimizer solver.Options    // see [solver.Defaults]; its Workers are those below
	Schedule  schedule.Schedule // of the learning rate; the zero Schedule is constant
	Seed      uint64            // of every random choice

	Augment augment.Options // random distortions of the training images; the zero Options leave them as they are
	Finish  Finish          // other distortions in the last epochs; the zero Finish changes nothing
	// Smoothing is the share of each label that is spread over all classes, see
	// [graph.Builder.CrossEntropy].
	Smoothing float64
	// ClassWeights weight the classes in the training loss, not in that of the validation.
	ClassWeights ClassWeights
	// Mixup above 0 trains on mixtures of two images and of their labels, with shares
	// from Beta(Mixup, Mixup): Zhang et al., arXiv:1710.09412; usual are 0.1 to 0.4. The
	// training loss and accuracy are then those of the mixtures: a mixture counts as
	// correct if the class with the larger share has the largest logit.
	Mixup float64
	// Teacher is a model file, or a run folder that contains one, whose answers the model learns
	// too, "" for none. TeacherWeight is their share in the loss, from 0 to 1, and Temperature
	// divides the logits of both, see [graph.Distillation].
	Teacher                    string
	TeacherWeight, Temperature float64
	// Accumulate is the number of batches in an update of the parameters, at least 1. The
	// update is that of one batch of all their images, except for rounding, for dropout,
	// and for batch normalization, whose statistics are those of each batch.
	Accumulate int
	// Average is the decay of a moving average of the parameters, 0 for none. Each epoch
	// scores it too, and the best epoch may be one of the average.
	Average float64
	Direct  bool // without Winograd's algorithm, see [graph.Config]

	UntilPercent float64 // stop after an epoch with this validation accuracy, in percent; 0 for never
	Patience     int     // stop after this many epochs without an improvement on the validation set, 0 for never

	// Unfreeze trains frozen parts of the model (see [model.Model.Freeze]) from a later
	// epoch on.
	Unfreeze Unfreezing
	// LayerDecay is the factor between the learning rates of a layer and of the next one
	// below it, from the head down (see [model.Model.Groups]); 1 for equal rates. A
	// multiplier of the optimizer takes precedence.
	LayerDecay float64
	// FeatureMemoryMiB bounds the memory, in MiB, for the features of a frozen part, which
	// is then evaluated once for each image and not once in each epoch; 0 for no such
	// memory. It changes no result.
	FeatureMemoryMiB int
	Workers          int // goroutines inside an operation, 0 for one per processor; changes no result
	// CheckOps makes [New] examine gorgonia's operations in the network that are not known
	// to be right, see [graph.CheckOps]. It changes no result.
	CheckOps bool

	// What follows can only be set in Go and is not part of a configuration file.

	Solver solver.Solver // a custom optimizer in place of Optimizer, for one run
	// Distort changes the height x width pixels of a training image in place, after
	// Augment. It draws from r alone, which follows from the seed, the image and the epoch.
	Distort   func(pixels []byte, r *rand.Rand)
	Callbacks []Callback
	// Test are the images that the trained model will be tested on, nil if they are not
	// known. Training does not read them; a checkpoint notes which they are, so that a run
	// is only resumed with the same ones.
	Test *data.Set
	// Ranks connects the processes that train the model together, nil for one process. They
	// share the batches of each update, so there are at most Accumulate of them, and evaluate
	// the validation set together. All of them call [New] and [Trainer.Run] with the same
	// settings and images. The model has the same bytes for every number of ranks; a checkpoint
	// may be loaded on rank 0 alone. Callbacks are called on the ranks that have them.
	// [ErrStop] and the end of the context on one rank end the run on all, and all use the
	// learning rate of rank 0. A callback that calls [Trainer.Freeze] or [Trainer.Unfreeze] must
	// be on all ranks.
	Ranks Communicator
}

// The topics of the settings, in the order of a command's help.
const (
	TopicTraining       = "training"
	TopicRegularization = "regularization"
	TopicFineTuning     = "fine-tuning"
	TopicRun            = "run"
)

// maxCount is the largest value of the settings that count something. Products of two of them,
// such as the steps of a run, do not overflow.
const maxCount = 1e9

// Settings returns the table of the settings that flags and configuration files hold.
// Its values point at the fields of c.
func (c *Config) Settings() settings.List {
	return settings.List{
		{Name: "epochs", Topic: TopicTraining, Help: "passes over the training images", Resumable: true,
			Value: settings.Int(&c.Epochs).Min(1).Max(maxCount)},
		{Name: "batch", Topic: TopicTraining, Help: "images in a batch", Identity: "batch",
			Value: settings.Int(&c.Batch).Min(1).Max(maxCount)},
		{Name: "optimizer", Topic: TopicTraining, Help: "`name` of the optimizer, which sets the defaults of its other settings (see -list)", Identity: "optimizer",
			Value: settings.OnSet(settings.String(&c.Optimizer.Name, solver.Names()...), c.setOptimizer)},
		{Name: "lr", Topic: TopicTraining, Help: "learning `rate` before the schedule",
			Value: settings.Float(&c.Optimizer.LearningRate).Above(0)},
		{Name: "lr-mult", Topic: TopicTraining, Help: "factors on the learning rate by parameter, as in conv1*=0.01,conv2*=0.1; `patterns` may hold *",
			Value: settings.Text(&c.Optimizer.Multipliers)},
		{Name: "momentum", Topic: TopicTraining, Help: "momentum of sgd and rmsprop, 0 for none",
			Value: settings.Float(&c.Optimizer.Momentum).Min(0).Below(1)},
		{Name: "nesterov", Topic: TopicTraining, Help: "Nesterov momentum, for sgd",
			Value: settings.Bool(&c.Optimizer.Nesterov)},
		{Name: "weight-decay", Topic: TopicRegularization, Help: "decoupled decay of the weights (not of biases and batch norm), 0 for none",
			Value: settings.Float(&c.Optimizer.WeightDecay).Min(0)},
		{Name: "l2", Topic: TopicRegularization, Help: "factor of an L2 penalty: half of it times the sum of the squared weights is added to the loss that is minimized; the printed loss leaves it out",
			Value: settings.Float(&c.Optimizer.L2).Min(0)},
		{Name: "clip-norm", Topic: TopicTraining, Help: "scale the gradients down to this norm, 0 for never",
			Value: settings.Float(&c.Optimizer.ClipNorm)},
		{Name: "clip-value", Topic: TopicTraining, Help: "bound each element of the gradients to this, 0 for never",
			Value: settings.Float(&c.Optimizer.ClipValue)},
		{Name: "schedule", Topic: TopicTraining, Help: "`course` of the learning rate, with settings as in cosine:warmup=0.1 (see -list)", Identity: "schedule",
			Value: settings.Text(&c.Schedule)},
		{Name: "augment", Topic: TopicRegularization, Help: "random `distortions` of the training images: none, light, strong, or strengths as in shift=2,rotate=10", Identity: "augment",
			Value: settings.OnSet(settings.Text(&c.Augment), c.setAugment)},
		{Name: "finish", Topic: TopicRegularization, Help: "other `distortions` in the last epochs: 0.2:light or 0.2:none for the last fifth of them", Identity: "finish", Absent: "none",
			Value: settings.Text(&c.Finish)},
		{Name: "label-smoothing", Topic: TopicRegularization, Help: "share of each label that is spread over all classes, from 0 to below 1", Identity: "label_smoothing",
			Value: settings.Float(&c.Smoothing).Min(0).Below(1)},
		{Name: "class-weights", Topic: TopicRegularization, Help: "`weights` of the classes in the training loss: none, balanced (the larger, the rarer the class), or a list such as 1,1,2.5", Identity: "class_weights", Absent: "none",
			Value: settings.Text(&c.ClassWeights)},
		{Name: "mixup", Topic: TopicRegularization, Help: "train on mixtures of two images with shares from Beta(`alpha`, alpha), such as 0.2; training loss and accuracy are then those of the mixtures; 0 for none", Identity: "mixup", Absent: "0",
			Value: settings.Float(&c.Mixup).Min(0)},
		{Name: "teacher", Topic: TopicRegularization, Help: "also learn the answers of a trained model: a run folder or a model `file`", // the identity is its content
			Value: settings.String(&c.Teacher)},
		{Name: "teacher-weight", Topic: TopicRegularization, Help: "share of the teacher's answers in the loss, from 0 to 1", Identity: "teacher_weight", Absent: fmt.Sprint(teacherWeight),
			Value: settings.Float(&c.TeacherWeight).Min(0).Max(1)},
		{Name: "temperature", Topic: TopicRegularization, Help: "divide the logits of the model and of the teacher by this before their softmax", Identity: "temperature", Absent: fmt.Sprint(temperature),
			Value: settings.Float(&c.Temperature).Above(0)},
		{Name: "accumulate", Topic: TopicTraining, Help: "batches in an update of the parameters", Identity: "accumulate", Absent: "1",
			Value: settings.Int(&c.Accumulate).Min(1).Max(maxCount)},
		{Name: "average", Topic: TopicRegularization, Help: "decay of a moving average of the parameters, such as 0.998, which is scored beside them; 0 for none", Identity: "average",
			Value: settings.Float(&c.Average).Min(0).Below(1)},
		{Name: "direct", Topic: TopicTraining, Help: "compute 3x3 convolutions without Winograd's algorithm: slower, with smaller rounding errors", Identity: "direct",
			Value: settings.Bool(&c.Direct)},
		{Name: "seed", Topic: TopicTraining, Help: "seed of every random choice", Identity: "seed",
			Value: settings.Uint(&c.Seed)},
		{Name: "until", Topic: TopicTraining, Help: "stop after an epoch with this validation accuracy, in `percent`, 0 for never",
			Value: settings.Float(&c.UntilPercent).Min(0).Max(100)},
		{Name: "patience", Topic: TopicTraining, Help: "stop after this many epochs without an improvement on the validation set, 0 for never",
			Value: settings.Int(&c.Patience).Min(0).Max(maxCount)},
		{Name: "unfreeze-at", Topic: TopicFineTuning, Help: "`epoch` from which frozen layers train, 0 for never", Identity: "unfreeze", // At and Every as one text, see identity
			Value: settings.Int(&c.Unfreeze.At).Min(0).Max(maxCount)},
		{Name: "unfreeze-every", Topic: TopicFineTuning, Help: "`epochs` after which the next layer below trains too, 0 for all layers at once",
			Value: settings.Int(&c.Unfreeze.Every).Min(0).Max(maxCount)},
		{Name: "layer-decay", Topic: TopicFineTuning, Help: "factor between the learning rates of a layer and of the next one below it, 1 for equal rates",
			Value: settings.Float(&c.LayerDecay).Above(0).Max(1)},
		{Name: "feature-memory", Topic: TopicFineTuning, Help: "memory in `MiB` for the features of a frozen part, which is then evaluated once for each image; 0 to evaluate it in each step", Resumable: true,
			Value: settings.Int(&c.FeatureMemoryMiB).Min(0).Max(maxCount)},
		{Name: "workers", Topic: TopicRun, Help: "threads to compute on, 0 for one per processor; changes no result", Resumable: true,
			Value: settings.Int(&c.Workers).Min(0).Max(maxCount)},
		{Name: "check-ops", Topic: TopicRun, Help: "examine gorgonia's operations in the network before the run, such as their gradients; changes no result", Resumable: true,
			Value: settings.Bool(&c.CheckOps)},
	}
}

// ClassWeights are weights of the classes in the training loss, see [graph.Loss]. The zero
// ClassWeights weight none.
type ClassWeights struct {
	// Balanced gives class k the weight images / (classes * images of class k), and a class
	// without images the weight 1.
	Balanced bool
	// List has a weight above 0 for each class, unless Balanced is set.
	List []float64
}

// String returns the weights in the form that UnmarshalText reads.
func (w ClassWeights) String() string {
	switch {
	case w.Balanced:
		return "balanced"
	case len(w.List) == 0:
		return "none"
	}
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(w.List), "[]"), " ", ",")
}

// UnmarshalText reads "none", "balanced", or weights with commas between them.
func (w *ClassWeights) UnmarshalText(text []byte) error {
	var parsed ClassWeights
	switch word := strings.TrimSpace(string(text)); word {
	case "balanced":
		parsed.Balanced = true
	case "none", "":
	default:
		for _, item := range strings.Split(word, ",") {
			v, err := strconv.ParseFloat(strings.TrimSpace(item), 64)
			if err != nil || !(v > 0) || math.IsInf(v, 0) {
				return fmt.Errorf("class weight %q, want none, balanced, or finite numbers above 0 with commas between them", item)
			}
			parsed.List = append(parsed.List, v)
		}
	}
	*w = parsed
	return nil
}

// of returns the weights for the classes of a set, nil for none.
func (w ClassWeights) of(set *data.Set) []float64 {
	if !w.Balanced {
		return w.List
	}
	counts := set.Counts()
	weights := make([]float64, len(counts))
	for k, n := range counts {
		weights[k] = 1
		if n > 0 {
			weights[k] = float64(set.Len()) / float64(len(counts)*n)
		}
	}
	return weights
}

// setOptimizer changes to the optimizer with a name, and its defaults.
func (c *Config) setOptimizer(name string) error {
	if name == c.Optimizer.Name {
		return nil
	}
	o, err := solver.Defaults(name)
	if err == nil {
		c.Optimizer = o
	}
	return err
}

// setAugment sets the distortions. The present finish belonged to the former ones, so it
// goes.
func (c *Config) setAugment(text string) error {
	o, err := augment.Parse(text)
	if err == nil {
		c.Augment, c.Finish = o, Finish{}
	}
	return err
}

// Check returns an error about the first setting that is out of its range or does not fit
// the others. The error begins with the setting's name.
func (c *Config) Check() error {
	if err := c.Settings().Check(); err != nil {
		return err
	}
	if err := c.Schedule.Check(); err != nil {
		return err
	}
	if c.Solver == nil {
		if err := c.Optimizer.Check(); err != nil {
			return fmt.Errorf("optimizer: %w", err)
		}
	} else if c.LayerDecay != 1 {
		return fmt.Errorf("layer-decay is %v, but a custom solver takes no learning rates by layer", c.LayerDecay)
	}
	if f := c.Finish.Share; !(f >= 0 && f <= 1) {
		return fmt.Errorf("finish is for a share of %v of the epochs, want 0 to 1", f)
	}
	switch u := c.Unfreeze; {
	case u.At == 0 && u.Every > 0:
		return fmt.Errorf("unfreeze-every is %d, but unfreeze-at, the epoch to begin with, is 0", u.Every)
	case u.At > c.Epochs:
		return fmt.Errorf("unfreeze-at is %d, but the run ends with epoch %d", u.At, c.Epochs)
	}
	return nil
}

// needsValidation returns an error if a setting follows the validation set.
func (c *Config) needsValidation() error {
	const missing = "but there is no validation set to follow"
	switch {
	case c.Schedule.Plateau():
		return fmt.Errorf("schedule is %s, %s", c.Schedule, missing)
	case c.Patience > 0:
		return fmt.Errorf("patience is %d, %s", c.Patience, missing)
	case c.UntilPercent > 0:
		return fmt.Errorf("until is %v %%, %s", c.UntilPercent, missing)
	}
	return nil
}

// MarshalText returns the settings as TOML, as a configuration file holds them.
func (c Config) MarshalText() ([]byte, error) { return settings.Lists{c.Settings()}.Format() }

// UnmarshalText sets what the TOML holds and leaves the rest as it is. It reads every
// version of configuration files and refuses keys that are no settings of c.
func (c *Config) UnmarshalText(text []byte) error {
	texts, err := ParseSettings(text)
	if err != nil {
		return err
	}
	changed := *c
	if err := (settings.Lists{changed.Settings()}).ApplyFile(texts); err != nil {
		return err
	}
	if err := changed.Check(); err != nil {
		return err
	}
	*c = changed
	return nil
}

// String returns the settings as TOML.
func (c Config) String() string {
	text, err := c.MarshalText()
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// ParseSettings reads the texts of settings, by name, from the TOML of a configuration
// file of any version. Up to version 2 the schedule plateau waited one epoch longer than its
// patience. In version 1, which has no version number, 0 stood for the optimizer's default
// of the learning rate, weight decay and momentum, below 0 for none, and a layer decay of 0
// for equal rates.
func ParseSettings(toml []byte) (map[string]string, error) {
	version, texts, err := settings.Parse(toml)
	if err != nil {
		return nil, err
	}
	if text, ok := texts["schedule"]; ok && version <= 2 {
		texts["schedule"] = schedule.FromVersion2(text)
	}
	if version > 1 {
		return texts, nil
	}
	o, err := solver.Defaults(texts["optimizer"])
	for name, initial := range map[string]float64{
		"lr": o.LearningRate, "weight-decay": o.WeightDecay, "momentum": o.Momentum, "layer-decay": 1,
	} {
		switch text := texts[name]; {
		case text == "0" && err != nil && name != "layer-decay":
			delete(texts, name) // the optimizer is not in the file, and so its default applies
		case text == "0":
			texts[name] = fmt.Sprint(initial)
		case strings.HasPrefix(text, "-"):
			texts[name] = "0"
		}
	}
	return texts, nil
}
