// Package direct computes the float32 convolution of one NHWC image at a time,
// forward and backward, on the primitives of package simd.
//
// Forward is a direct convolution: each kernel row of a window is contiguous in
// an NHWC image, so the image itself is the matrix that the weights multiply, and
// there is no im2col copy.
//
// Backward uses only the gradients that are not zero. After ReLU half of them are
// zero, after max-pooling at least three quarters of the rest. The result is exact
// for finite operands. The gradient is listed twice: by pixel, where each entry adds a
// scaled window of weights to the input gradient, and by channel, where each entry adds
// a scaled window of the image to the weight gradient. Both work on blocks of one vector
// of input channels, which fit into a first-level cache. If the gradient has few zeros,
// or if the shape does not suit lists, dense products compute it instead (dense.go).
//
// Winograd's algorithm can replace the forward convolution and the dense product for
// the gradients (winograd.go). The gradients read padded images (padded.go).
//
// Package kernel adds batches, workers and the order of the sums over images.
package direct
