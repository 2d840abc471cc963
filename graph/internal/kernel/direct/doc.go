// Package direct computes the float32 convolution of one NHWC image at a time,
// forward and backward, on the primitives of package simd.
//
// Forward is a direct convolution: each kernel row of a window is contiguous in
// an NHWC image, so that the image itself is the matrix that the weights
// multiply, and no im2col copy is made.
//
// Backward visits only the gradients that are not zero. After ReLU half of them
// are, behind a max-pool at least three quarters of the rest, and the result is
// exact for finite operands. The gradient is listed twice: by pixel, so that each
// entry adds a scaled window of weights to the input gradient, and by channel, so
// that each entry adds a scaled window of the image to the weight gradient. Both
// work on blocks of one vector of input channels, small enough for a first-level
// cache. A gradient with few zeros, and one of a shape that the lists do not suit,
// is multiplied whole, or if allowed convolved with the turned windows by Winograd's
// algorithm, which the forward pass has as well.
//
// Batches, workers and the order of reduction are the business of package kernel.
package direct
