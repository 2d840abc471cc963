// Package train fits a model to a data set: seeded, shuffled batches, an optimizer, a
// validation set looked at after each epoch, callbacks that watch, and a test set looked
// at once.
//
// [Fit] trains with a [Config], [Evaluate] scores, [FindMistakes] shows what a model gets
// wrong. A [Trainer] does the same as Fit in steps: it saves checkpoints and resumes from
// them, to the same bytes as if it had never stopped. It does not train parameters that are
// frozen in the model, see [model.Model.Freeze], which is how fine-tuning is done.
// [FindRate] suggests a learning rate, and an [Ensemble] averages several models.
//
// The packages below it hold the data: data is the form of a set, mnist finds and
// decodes the IDX sets, digits draws the built-in one, picture brings a photograph to
// MNIST's form, augment distorts. Package schedule is about the learning rate, metrics about
// scores, runfolder about the files of a run. Package report draws runs.
package train
