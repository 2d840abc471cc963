package augment

import "inkstone/internal/random"

// Seed returns the seed for an image in an epoch of a run: a hash of the three, so that
// neighbors have nothing in common. image is the index in the whole training set, not
// the position in a batch.
func Seed(run uint64, image, epoch int) uint64 { return random.Image(run, image, epoch) }
