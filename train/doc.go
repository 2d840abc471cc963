// Package train fits a model to a data set: seeded, shuffled batches, an optimizer, a
// validation set looked at after each epoch, callbacks that watch, and a test set looked
// at once.
//
// [Fit] trains with a [Config], [Evaluate] scores, [FindMistakes] shows what a model gets
// wrong. A [Trainer] does the same as Fit in steps: it writes checkpoints and goes on from
// them, to the same bytes as if it had never stopped. It heeds what is frozen in the model,
// see [model.Model.Freeze], which is fine-tuning. [FindRate] suggests a learning rate, and
// an [Ensemble] lets several models decide together.
//
// The packages below it hold the data: data is the form of a set, mnist finds and
// decodes the IDX sets, digits draws the built-in one, picture brings a photograph to
// MNIST's form, augment distorts. Package schedule is about the learning rate, metrics about
// scores, runfolder about the files of a run. Package report draws runs.
package train
