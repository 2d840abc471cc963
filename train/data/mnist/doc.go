// Package mnist finds, downloads, verifies and decodes MNIST and data sets of the same form:
// Fashion-MNIST, KMNIST, and the digits and letters of EMNIST.
//
// Most callers need only [Load]. It looks in a folder that the caller names, in the folder of
// the environment variable INKSTONE_DATA and in the user's cache. If the data set is in none
// of them, Load downloads it. Without a network it can use the built-in digits of package
// digits instead.
package mnist
