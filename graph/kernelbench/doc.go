// Package kernelbench measures the kernels of package graph, and selects the path on
// which they run.
//
// A path is one set of kernels: assembly for AVX-512, AVX2 or NEON, or portable Go. A
// program need not select one, because the fastest path of the processor is chosen at
// start. [SetPath] forces another. [Cases] lists the kernels with operands to time them
// on, and [PeakFLOPS] and [CopyBandwidth] measure the limits of the machine.
package kernelbench
