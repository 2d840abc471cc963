// Package augment distorts the training images at random, so that a network sees each image
// in many forms. The distortions are shift, rotation, scale, shear, elastic distortion,
// thickness of the strokes, noise, and cutout.
//
// [Options] holds the strength of each distortion. [Parse] reads it from text such as
// "shift=2,rotate=10,elastic=30:4". An [Augmenter] applies the options to images of one
// size. The result of [Augmenter.Apply] depends on the image and a seed only, and [Seed]
// returns a different seed for each image and epoch of a run. So a run gives the same bytes
// if it is repeated, if it is resumed in the middle of an epoch, and on any number of
// goroutines.
//
// The strokes of an image are thickened first. Then shift, rotation, scale, shear and
// elastic distortion are combined in one interpolation, so that the image is blurred only
// once. Noise and cutout come last. Pixels outside of an image are background, 0.
package augment
