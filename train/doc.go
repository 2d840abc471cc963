// Package train fits a model to a data set: seeded, shuffled batches, an optimizer,
// a validation set looked at after each epoch, callbacks that watch, and a test set
// looked at once.
//
// The packages below it hold the data: data is the form of a set, mnist finds and
// decodes the IDX sets, digits draws the built-in one, picture brings a photograph
// to MNIST's form.
package train
