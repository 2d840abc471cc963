// Package metrics judges a classifier from its predictions: what it confuses
// ([Confusion]), how far its accuracy can be trusted ([Wilson], [Summary]), whether
// its probabilities mean what they say ([Calibration]), and whether one model is
// better than another on the same images ([McNemar]).
//
// Fractions are fractions of 1. A ratio whose denominator is 0, as the precision of a
// class that was never predicted, is 0.
package metrics
