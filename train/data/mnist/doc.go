// Package mnist finds, downloads, verifies and decodes MNIST and the data sets made
// in its form: Fashion-MNIST, KMNIST and EMNIST's digits and letters.
//
// Load is the whole of it for most callers. It looks in a folder that the user
// names, in the folder of the environment variable INKSTONE_DATA and in the user's
// cache, then downloads; with no network it falls back on the built-in digits of
// package digits, and says so.
package mnist
