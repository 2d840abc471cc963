package augment

import "inkstone/internal/random"

// Seed returns the seed for [Augmenter.Apply] of an image in an epoch of a run with the seed
// run. It is a hash of the three numbers, so that neighboring images have unrelated seeds.
// image is the index in the training set, not the position in a batch.
func Seed(run uint64, image, epoch int) uint64 { return random.Image(run, image, epoch) }
