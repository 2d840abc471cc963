// Package peakmem returns the largest amount of memory that the process has used.
package peakmem
