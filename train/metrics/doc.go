// Package metrics evaluates the predictions of classifiers: the confusion matrix ([Confusion]),
// confidence intervals of the accuracy ([Wilson], [Summary]), the calibration of probabilities
// ([Calibration]), and the comparison of two models on the same images ([McNemar]).
//
// Accuracies and other fractions are numbers from 0 to 1. A ratio whose denominator is 0, such
// as the precision of a class that was never predicted, is 0.
package metrics
