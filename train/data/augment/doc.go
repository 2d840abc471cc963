// Package augment distorts grey images while a network trains, so that no image is
// seen twice in the same form: shift, rotation, scale, shear, elastic distortion,
// thickness of the strokes, noise, and cutout.
//
// An [Options] value holds the strength of each, is written as one line of text
// ("shift=2,rotate=10,elastic=30:4", see [Parse]), and makes an [Augmenter] for
// images of one size. [Augmenter.Apply] is a function of the image and a seed alone,
// and [Seed] gives each image of each epoch of a run a seed of its own; so a run can
// be repeated, resumed in the middle of an epoch, and spread over any number of
// goroutines without a change in a byte.
//
// The strokes of an image are thickened first. Then one resampling carries out shift,
// rotation, scale, shear and elastic distortion together, so that the image is
// interpolated, and blurred, only once. Noise and cutout come last. What lies outside
// an image counts as background, 0.
package augment
