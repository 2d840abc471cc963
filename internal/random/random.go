// Package random declares every stream of random numbers and derives it from a seed. The
// bytes of a model depend on these derivations, so none of them may change.
//
//	stream         derived from                        decides
//	Parameter      seed, name                          the initial values of a parameter
//	Dropout        seed, name, step                    the elements that a layer drops in a step
//	EpochOrder     seed, epoch                         the order of the images in an epoch
//	Split          seed                                the validation images
//	Fold           seed                                the parts of a cross-validation
//	PerClass       seed                                the images of each class that are kept
//	Limit          number of images                    the images of a set that are kept
//	PictureTest    (fixed)                             the test pictures of a folder
//	Image          seed, image, epoch                  the seed of an image in an epoch, for:
//	  Augment*       that seed                           the distortions of the image
//	  Distort        that seed                           the source of a custom distortion
//	  Mixup          that seed                           the share of the image in a mixture
//	Trial          seed, name, draw                    the value of a setting in a trial of a sweep
//	Bootstrap      (fixed)                             the images of a bootstrap sample
//	Digit*         seed, number of the digit           the built-in digits; BuiltinTest is the seed of their test set
//
// Random numbers that do not affect a result, such as the operands of a benchmark, are
// declared where they are used.
package random

import (
	"hash/fnv"
	"math/rand/v2"
)

// Stream identifies the purpose of random numbers. Two streams of the same seed have
// different numbers.
type Stream uint64

// The streams of [New].
const (
	EpochOrder  Stream = 0x65706f636800 // plus the epoch
	Split       Stream = 0x73706c6974
	Fold        Stream = 0x666f6c64
	PerClass    Stream = 0x706572636c617373
	Limit       Stream = 0x6c696d6974
	PictureTest Stream = 0x7465
	Bootstrap   Stream = 0x626f6f74
	Distort     Stream = 0x646973746f727400
	Mixup       Stream = 0x6d6978757000

	ExplainNoise Stream = 0x657870006e
	ExplainStart Stream = 0x6578700073

	PrintedDigit Stream = 0x7072696e7464
	PrintedRow   Stream = 0x7072696e7472 // and the next one
)

// trialStream keeps the draws of [Trial] apart from the other streams.
const trialStream = 0x747269616c

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

// BuiltinTest is the seed of the built-in test images. It is fixed, so that runs with
// different seeds are tested on the same images. It is not a seed that people choose.
const BuiltinTest = Golden

// New returns the source of a stream for a seed.
func New(seed uint64, s Stream) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(s))) }

// Parameter returns the source of the initial values of a parameter.
func Parameter(seed uint64, name string) *rand.Rand {
	return rand.New(rand.NewPCG(seed, hash(name)))
}

// Dropout returns the key of a dropout layer. [DropoutStep] derives the key of a step from
// it.
func Dropout(seed uint64, name string) uint64 { return Mix(seed ^ hash(name)) }

// DropoutStep returns the key of a step, which determines the elements to drop. layer is
// the key of the layer.
func DropoutStep(layer, step uint64) uint64 { return Mix(layer + step) }

// Image returns the seed of an image in an epoch of a run with the seed run. image is the
// index in the training set, not the position in a batch.
func Image(run uint64, image, epoch int) uint64 {
	return Mix(Mix(Mix(run)+uint64(image)) + uint64(epoch))
}

// Trial returns the source of the value of a setting in a draw of a random search.
func Trial(seed uint64, name string, draw int) *rand.Rand {
	return rand.New(rand.NewPCG(Mix(seed)^hash(name), Mix(trialStream+uint64(draw))))
}

// Augment returns the two seeds of a [rand.PCG] for a stream of the distortions of an image.
// image is the seed of the image, see [Image]. The streams are independent of how many
// numbers are drawn from each.
func Augment(image uint64, s Stream) (uint64, uint64) {
	return Mix(image), Mix(image ^ uint64(s)*Golden)
}

// Digit returns the two seeds of a [rand.PCG] for a built-in digit, or for the labels of a
// block of ten digits.
func Digit(seed uint64, s Stream, number uint64) (uint64, uint64) {
	return Mix(seed) + uint64(s), Mix(number)
}

// hash returns the 64-bit FNV-1a hash of a name.
func hash(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}
