package train

import (
	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/data/augment"
	"inkstone/train/schedule"
)

// Defaults returns the settings that suit a network without a recipe: two epochs of Adam
// on batches of 64 with a one-cycle schedule.
func Defaults() Config {
	optimizer, err := solver.Defaults("adam")
	if err != nil {
		panic(err) // a mistake in this program: the name is known
	}
	return Config{
		Epochs: 2, Batch: 64, Optimizer: optimizer, Schedule: mustSchedule("onecycle"), Seed: 1,
		TeacherWeight: teacherWeight, Temperature: temperature,
		Accumulate: 1, LayerDecay: 1, FeatureMemoryMiB: 2048, CheckOps: true,
	}
}

// slight are the distortions of the recipes: they leave a digit as easy to read as it was.
var slight = augment.Options{Shift: 1, Rotation: 8, Scale: 0.08, Shear: 0.08}

// Recipe returns the settings that suit a preset, and the choice of images that goes with
// them. A preset without a recipe gets [Defaults] and [data.DefaultSelection].
func Recipe(preset string) (Config, data.Selection) {
	c, s := Defaults(), data.DefaultSelection()
	switch preset {
	case "best":
		c.Epochs = 56
		c.setOptimizer("adamw")
		c.Optimizer.LearningRate, c.Optimizer.WeightDecay = 0.003, 0.05
		c.Schedule = mustSchedule("onecycle:warmup=0.25")
		c.Augment = augment.Options{
			Shift: 2, Rotation: 15, Scale: 0.15, Shear: 0.2,
			Elastic: augment.Elastic{Alpha: 8, Sigma: 4}, Thickness: 0.4,
		}
		c.Finish = Finish{Share: 0.2, Augment: slight}
		c.Smoothing, c.Average = 0.05, 0.999
		s.Validation = 0 // train on every image
	case "cnn":
		c.Epochs, c.Augment = 4, slight
	case "fast":
		c.Optimizer.LearningRate = 0.02
		c.Schedule = mustSchedule("onecycle:warmup=0.2")
		c.Smoothing = 0.05
	case "sprint":
		c.Epochs, c.Smoothing = 1, 0.1
		c.Optimizer.LearningRate = 0.03
		c.Schedule = mustSchedule("onecycle:warmup=0.1")
		s.Validation = 0 // train on every image
	case "tiny":
		c.Epochs, c.Augment = 20, slight
		c.Optimizer.LearningRate = 0.01
		c.Schedule = mustSchedule("onecycle:warmup=0.25")
		c.Average = 0.999
	}
	return c, s
}

// FineTuningRecipe returns the settings that suit a model that starts from a trained one,
// whatever its preset. What it has learned changes at a tenth of the usual learning rate; a
// new head learns at the usual one. The transfer says which it is, see [model.Start]; nil
// stands for a new head.
//
// With the usual rate and the head kept, a few images of each class make a network worse:
// the first steps of Adam move every weight of the head by about the rate, however small
// its gradient is, and the few steps that follow cannot undo that. docs/results.md has the
// figures.
func FineTuningRecipe(t *model.Transfer) Config {
	c := Defaults()
	c.Epochs = 5
	c.Augment = augment.Options{Shift: 1, Rotation: 8, Scale: 0.08}
	if t != nil && t.HeadKept {
		c.Optimizer.LearningRate /= 10
	} else {
		c.Smoothing, c.Average = 0.05, 0.998
	}
	return c
}

func mustSchedule(text string) schedule.Schedule {
	s, err := schedule.Parse(text)
	if err != nil {
		panic(err) // a mistake in this program
	}
	return s
}
