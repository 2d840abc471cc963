// Package metrics scores a classifier by its predictions: the confusion matrix
// ([Confusion]), intervals of its accuracy ([Wilson], [Summary]), the calibration of its
// probabilities ([Calibration]), and the comparison of two models on the same images
// ([McNemar]).
//
// Fractions are fractions of 1. A ratio whose denominator is 0, such as the precision of
// a class that was never predicted, is 0.
package metrics
