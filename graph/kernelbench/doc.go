// Package kernelbench tells how fast the kernels below package graph are, and lets a
// program choose among them.
//
// Graphs need nothing from here: the fastest path that the processor offers is
// chosen at start. Commands and reports use [SetPath] to force another, [PeakFLOPS]
// and [CopyBandwidth] for what the machine could do at best, and [Cases] for what
// each kernel does.
package kernelbench
