// Package peakmem measures the memory of the process.
package peakmem
