// Package random names every stream of random numbers and derives it from a seed. The
// bytes of a model depend on these derivations: none may ever change.
//
//	stream         derived from                        decides
//	Parameter      seed, name                          the initial values of a parameter
//	Dropout        seed, name, step                    the entries that a layer drops in a step
//	EpochOrder     seed, epoch                         the order of the images in an epoch
//	Split          seed                                the images that are set aside for validation
//	PerClass       seed                                the images that are kept of each class
//	Limit          number of images                    the images that are kept of a set
//	PictureTest    (fixed)                             the pictures of a folder that are for testing
//	Image          seed, image, epoch                  the seed of an image in an epoch, for:
//	  Augment*       that seed                           the distortions of the image
//	  Distort        that seed                           the source of a custom distortion
//	  Mixup          that seed                           the share of the image in a mixture
//	Digit*         seed, number of the digit           the built-in digits; their test set has the seed BuiltinTest
//
// Numbers that no result depends on, such as the operands of a benchmark, are drawn
// elsewhere.
package random

import (
	"hash/fnv"
	"math/rand/v2"
)

// Stream tells the random numbers of one purpose from those that another draws from the
// same seed.
type Stream uint64

// The streams of [New].
const (
	EpochOrder  Stream = 0x65706f636800 // plus the epoch
	Split       Stream = 0x73706c6974
	PerClass    Stream = 0x706572636c617373
	Limit       Stream = 0x6c696d6974
	PictureTest Stream = 0x7465
	Distort     Stream = 0x646973746f727400
	Mixup       Stream = 0x6d6978757000
)

// The streams of [Augment].
const (
	AugmentAmounts Stream = iota + 1
	AugmentElastic
	AugmentNoise
)

// The streams of [Digit].
const (
	DigitLabels Stream = iota
	DigitImages
)

// BuiltinTest is the seed of the built-in test images. It is fixed, so that the
// accuracies of runs with different seeds are measured on the same images, and unlike
// the seeds that people choose.
const BuiltinTest = Golden

// New returns the source of a stream under a seed.
func New(seed uint64, s Stream) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(s))) }

// Parameter returns the source of the initial values of the parameter with that name.
func Parameter(seed uint64, name string) *rand.Rand {
	return rand.New(rand.NewPCG(seed, hash(name)))
}

// Dropout returns the key of the dropout layer with that name. [DropoutStep] makes of it
// the key of a step.
func Dropout(seed uint64, name string) uint64 { return Mix(seed ^ hash(name)) }

// DropoutStep returns the key of a step, from which the entries to drop follow.
func DropoutStep(layer, step uint64) uint64 { return Mix(layer + step) }

// Image returns the seed of an image in an epoch of a run. image is the index in the
// whole training set, not the position in a batch.
func Image(run uint64, image, epoch int) uint64 {
	return Mix(Mix(Mix(run)+uint64(image)) + uint64(epoch))
}

// Augment returns the two seeds of a PCG for a stream of the distortions of an image.
// The streams are separate, so that how many numbers one takes does not move the others.
func Augment(image uint64, s Stream) (uint64, uint64) {
	return Mix(image), Mix(image ^ uint64(s)*Golden)
}

// Digit returns the two seeds of a PCG for a built-in digit, or for a run of ten labels.
func Digit(seed uint64, s Stream, number uint64) (uint64, uint64) {
	return Mix(seed) + uint64(s), Mix(number)
}

// hash is FNV-1a.
func hash(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}
