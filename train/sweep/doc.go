// Package sweep tries many settings of a training and finds the ones with the best validation
// score.
//
// A [Spec] says which settings to try: every combination ([Grid]), random ones ([Random]), or
// random ones of which the best train for longer (successive halving, [Halving]). Its list of
// trials follows from a seed. A [Sweep] runs the trials in a folder: side by side in one process,
// or shared among several, each with a [Share]. A trial is a run folder, or with folds one for each
// fold. A sweep that is killed goes on with the trials that are not finished.
//
// No trial sees the test images. [Result] has the trials by their validation score, and corrects
// the score of the winner for having been chosen.
package sweep
