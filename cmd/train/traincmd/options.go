package traincmd

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"inkstone/cmd/internal/cli"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/augment"
	"inkstone/train/data/mnist"
	"inkstone/train/data/sets"
	"inkstone/train/runfolder"
	"inkstone/train/settings"
)

// options are the settings of a run besides those of the training and of the data.
type options struct {
	preset   string
	start    model.Start // -finetune, -head and -partial
	freeze   string
	baseline bool

	overfit           int // batches
	requireAccuracy   float64
	checkpointSteps   int
	checkpointMinutes float64
	report, test      bool

	// Of one call, and not of the run.
	out, resume, config    string
	http                   string
	seeds                  int
	list, findRate, dryRun bool
}

const topicModel, topicOutput = "model", "output"

// topics are the topics of the settings in the order of the help.
var topics = []string{data.TopicData, topicModel, train.TopicTraining, train.TopicRegularization, train.TopicFineTuning, train.TopicRun, topicOutput}

func defaultOptions() options {
	return options{start: model.Start{Head: "auto"}, checkpointMinutes: 1, report: true, test: true, seeds: 1}
}

// The largest values of settings: of those that count something, so that the number of images in
// -overfit-batches does not overflow, and of an interval in minutes, which a [time.Duration] holds.
const maxCount, maxMinutes = 1e9, 1e6

// Settings returns the table of the options.
func (o *options) Settings() settings.List {
	return settings.List{
		{Name: "model", Topic: topicModel, Help: "`name` of the network (see -list); with -finetune that of the model file",
			Value: settings.String(&o.preset)},
		{Name: "finetune", Topic: train.TopicFineTuning, Help: "start from the model of a run folder or from a model `file` of Inkstone, PyTorch (safetensors) or ONNX, with its convolutional part frozen",
			Value: settings.String(&o.start.Path)},
		{Name: "freeze", Topic: train.TopicFineTuning, Help: "`patterns` of the parameters to freeze, as in conv*,!conv2*; none for none; with -finetune the default is every convolution and its batch norm, except new ones",
			Value: settings.String(&o.freeze)},
		{Name: "head", Topic: train.TopicFineTuning, Help: "`what` to do with the layer that separates the classes: keep it, make it new, or auto: keep it if the classes are those of the file",
			Value: settings.String(&o.start.Head, "auto", "keep", "new")},
		{Name: "partial", Topic: train.TopicFineTuning, Help: "load what matches from a model file with missing or other parameters",
			Value: settings.Bool(&o.start.Partial)},
		{Name: "baseline", Topic: train.TopicFineTuning, Help: "also train the network from random weights, with and without the frozen part, and compare",
			Value: settings.Bool(&o.baseline)},
		{Name: "overfit-batches", Topic: train.TopicRun, Help: "train and validate on the same few `batches`, without -augment, -finish, -label-smoothing and -mixup: a correct network memorizes them",
			Value: settings.Int(&o.overfit).Min(0).Max(maxCount)},
		{Name: "require-acc", Topic: train.TopicRun, Help: "end with status 1 if the test accuracy is below this `percent`", Resumable: true,
			Value: settings.Float(&o.requireAccuracy).Min(0).Max(100)},
		{Name: "test", Topic: train.TopicRun, Help: "test the model on the test images when the run ends; false while settings are chosen", Resumable: true,
			Value: settings.Bool(&o.test)},
		{Name: "checkpoint-steps", Topic: topicOutput, Help: "write a checkpoint after this many steps, 0 for only after each epoch", Resumable: true,
			Value: settings.Int(&o.checkpointSteps).Min(0).Max(maxCount)},
		{Name: "checkpoint-minutes", Topic: topicOutput, Help: "write a checkpoint after this many `minutes`, 0 for only after each epoch", Resumable: true,
			Value: settings.Float(&o.checkpointMinutes).Min(0).Max(maxMinutes)},
		{Name: "report", Topic: topicOutput, Help: "write report.html when the run ends; see also go run ./cmd/report", Resumable: true,
			Value: settings.Bool(&o.report)},
		{Name: "out", Topic: topicOutput, Help: "new `folder` for the model and the report of the run; without it runs/<time>-<model>", Unsaved: true,
			Value: settings.String(&o.out)},
		{Name: "resume", Topic: train.TopicRun, Help: "resume the run or the runs of -seeds in this `folder`, or the run from this checkpoint file in it", Unsaved: true, Resumable: true,
			Value: settings.String(&o.resume)},
		{Name: "config", Topic: train.TopicRun, Help: "take settings from this TOML `file`, such as a run's config.toml; flags override it", Unsaved: true,
			Value: settings.String(&o.config)},
		{Name: "http", Topic: topicOutput, Help: "show the run on a web page at this `address`, such as 127.0.0.1:8080; port 0 picks a free one", Unsaved: true, Resumable: true,
			Value: settings.String(&o.http)},
		{Name: "seeds", Topic: train.TopicRun, Help: "number of runs, with seeds from -seed on; prints mean and spread of their accuracies", Unsaved: true, Resumable: true,
			Value: settings.Int(&o.seeds).Min(1).Max(maxCount)},
		{Name: "find-lr", Topic: train.TopicRun, Help: "train for some steps at rising learning rates, suggest one and draw the curve; makes no run", Unsaved: true,
			Value: settings.Bool(&o.findRate)},
		{Name: "dry-run", Topic: train.TopicRun, Help: "show the network, do one step and one evaluation, and write nothing", Unsaved: true,
			Value: settings.Bool(&o.dryRun)},
		{Name: "list", Topic: train.TopicRun, Help: "list the known models, data sets, optimizers and schedules", Unsaved: true,
			Value: settings.Bool(&o.list)},
	}
}

// Check returns an error about options that are out of range or exclude each other.
func (o *options) Check() error {
	if err := o.Settings().Check(); err != nil {
		return err
	}
	imported := o.preset == model.ImportedPreset && o.start.Path != ""
	if _, err := model.Lookup(o.preset); err != nil && o.preset != "" && !imported {
		return fmt.Errorf("model: %w", err)
	}
	if o.start.Path == "" {
		const needs = "is about a model to start from: name it with -finetune"
		switch {
		case o.start.Head != "auto":
			return fmt.Errorf("head %s %s", o.start.Head, needs)
		case o.start.Partial:
			return fmt.Errorf("partial %s", needs)
		case o.baseline:
			return fmt.Errorf("baseline %s", needs)
		}
	}
	switch {
	case o.findRate && o.dryRun:
		return errors.New("find-lr and -dry-run exclude each other")
	case !o.test && (o.baseline || o.requireAccuracy > 0 || o.seeds > 1):
		return errors.New("test is false, but -baseline, -require-acc and -seeds need the test accuracy")
	}
	return nil
}

// command is a call of the command: its settings, and the texts that they come from.
type command struct {
	options options
	config  train.Config
	data    data.Selection

	file, given map[string]string // texts of the configuration file and of the command line
	resumeWith  string            // folder for -resume if the run is interrupted; "" for its own
}

// tables returns the tables of all settings.
func (c *command) tables() settings.Lists {
	return settings.Lists{c.data.Settings(), c.options.Settings(), c.config.Settings()}
}

// Parse checks a command line and returns the tables of the settings with their values.
func Parse(args []string) (settings.Lists, error) {
	c, err := parse(args, io.Discard)
	if err != nil {
		return nil, err
	}
	return c.tables(), nil
}

// parse reads the command line and the configuration file that it names.
func parse(args []string, stdout io.Writer) (*command, error) {
	c := &command{options: defaultOptions(), given: map[string]string{}}
	c.config, c.data = train.Recipe("")
	fs := flag.NewFlagSet("train", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	c.tables().Register(fs, c.given)
	err := fs.Parse(args)
	help := errors.Is(err, flag.ErrHelp)
	for errors.Is(err, flag.ErrHelp) { // the flags after -help may name the model
		err = fs.Parse(fs.Args())
	}
	switch {
	case err != nil:
		return nil, cli.Usagef("%w", err)
	case fs.NArg() > 0:
		return nil, cli.Usagef("unexpected argument %q: every setting is a flag", fs.Arg(0))
	case c.options.list && !help:
		return c, nil
	}
	if err := c.readFile(); err != nil {
		return nil, err
	}
	if err := c.resolve(c.recipe(nil)); err != nil {
		return nil, err
	}
	if help {
		printHelp(stdout, c)
		return nil, flag.ErrHelp
	}
	return c, c.checkModels()
}

// readFile reads the configuration file, or that of the run to resume.
func (c *command) readFile() (err error) {
	path := c.options.config
	if c.options.resume != "" {
		folder, _ := runfolder.Split(c.options.resume)
		path = runfolder.ConfigPath(folder)
		wrong := c.tables().Choose(c.given, func(s *settings.Setting) bool {
			return !s.Resumable || s.Name == "seeds" && !runfolder.IsSeeds(folder)
		})
		if len(wrong) > 0 {
			return cli.Usagef("-resume uses the run's own settings: -%s cannot be given with it; for a new run with these settings and yours replace -resume by -config %s", strings.Join(wrong, ", -"), path)
		}
	}
	if path == "" {
		return nil
	}
	var runs int
	if c.file, runs, err = runfolder.ReadSettings(path); err != nil {
		return err
	}
	if c.given["seeds"] == "" && runs > 1 {
		c.given["seeds"] = strconv.Itoa(runs)
	}
	if err := c.tables().ApplyFile(c.file); err != nil {
		return fmt.Errorf("configuration %s: %w", path, err)
	}
	return nil
}

// format returns the settings as a run folder keeps them: with absolute paths and, unless it
// is "", the name of the data set that was found.
func (c *command) format(dataset string) ([]byte, error) {
	saved := *c
	if err := runfolder.Absolute(&saved.data.Dir, &saved.data.Images, &saved.options.start.Path, &saved.config.Teacher); err != nil {
		return nil, err
	}
	if saved.data.Images == "" && slices.Contains(mnist.Names(), dataset) {
		saved.data.Dataset = dataset
	}
	return saved.tables().Format()
}

// text returns what the user says of a setting, "" for nothing.
func (c *command) text(name string) string {
	if text, ok := c.given[name]; ok {
		return text
	}
	return c.file[name]
}

// recipe returns the settings of the training and of the data unless the user says
// otherwise. transfer says what a fine-tuning starts from; it is nil before the model file
// has been read.
func (c *command) recipe(transfer *model.Transfer) (train.Config, data.Selection) {
	if c.text("finetune") != "" {
		return train.FineTuningRecipe(transfer), data.DefaultSelection()
	}
	return train.Recipe(cmp.Or(c.text("model"), model.DefaultPreset))
}

// resolve sets every setting: from the recipe, then from the configuration file, then
// from the command line.
func (c *command) resolve(config train.Config, selection data.Selection) error {
	config.Ranks = c.config.Ranks // of the process
	c.options, c.config, c.data = defaultOptions(), config, selection
	for _, texts := range []map[string]string{c.file, c.given} {
		if err := c.tables().Apply(texts); err != nil {
			return cli.Usagef("-%w", err)
		}
	}
	switch o := &c.options; {
	case o.start.Path != "":
		o.start.Path = runfolder.ModelPath(o.start.Path)
	case o.preset == "":
		o.preset = model.DefaultPreset
	}
	if c.options.overfit > 0 {
		c.config.Augment, c.config.Finish, c.config.Smoothing, c.config.Mixup = augment.Options{}, train.Finish{}, 0, 0
	}
	for _, err := range []error{c.options.Check(), sets.Check(c.data), c.config.Check()} {
		if err != nil {
			return cli.Usagef("-%w", err)
		}
	}
	if first, more := c.config.Seed, uint64(c.options.seeds-1); first+more < first {
		return cli.Usagef("-seed is %d, want at most %d: the seeds of -seeds %d go up from it", first, math.MaxUint64-more, c.options.seeds)
	}
	return nil
}
