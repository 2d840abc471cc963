package mnist

import (
	"fmt"
	"hash/fnv"
)

// Dispute is the vote of five people about the label of a test image of MNIST: Northcutt, Athalye
// and Mueller, "Pervasive label errors in test sets destabilize machine learning benchmarks",
// NeurIPS 2021, https://labelerrors.com.
type Dispute struct {
	Index   int    // of the image in the test set
	Label   string // as in the test set
	Other   string // the other class that people could choose
	ByLabel int    // number of people who chose Label
	ByOther int    // number of people who chose Other
	Neither int    // number of people who chose neither
}

// String returns the vote, such as "8=0 9=5 neither=0".
func (d Dispute) String() string {
	return fmt.Sprintf("%s=%d %s=%d neither=%d", d.Label, d.ByLabel, d.Other, d.ByOther, d.Neither)
}

// disputes holds the test images whose label most of the five people did not choose, by the
// 64-bit FNV-1a hash of their pixels.
var disputes = map[uint64]Dispute{
	0xee75891d9c298a98: {947, "8", "9", 0, 5, 0},
	0x35579391b8eb2697: {1621, "0", "6", 2, 3, 0},
	0x118dabd6ae9d124a: {1901, "9", "4", 2, 3, 0},
	0xdb053674930c2c08: {2130, "4", "9", 2, 2, 1},
	0x21caf5db46cefd62: {2462, "2", "0", 0, 4, 1},
	0x914f2e8e1db052f5: {2597, "5", "3", 0, 4, 1},
	0x5a49a7eded6dec46: {2654, "6", "1", 0, 2, 3},
	0x0a0f630ac5840d5c: {3520, "6", "4", 2, 0, 3},
	0xf8a94712aca21394: {3558, "5", "0", 1, 4, 0},
	0xd0bede5f57c94548: {5937, "5", "3", 1, 3, 1},
	0x3c024c78f1bebf7a: {6651, "0", "6", 0, 5, 0},
	0xeece729063b31139: {6783, "1", "6", 2, 3, 0},
	0xafe58c1421827ece: {8527, "4", "9", 2, 2, 1},
	0xf1762347f61f501d: {9679, "6", "3", 2, 0, 3},
	0xe12dc1084c745f49: {9729, "5", "6", 2, 3, 0},
}

// Disputed returns the vote about an image if it is a test image of MNIST whose label most people
// did not choose. It recognizes the image by its 28 x 28 pixels, so that it also finds it in a
// part of the test set. ok is false for other images and other labels.
func Disputed(pixels []byte, label string) (d Dispute, ok bool) {
	h := fnv.New64a()
	h.Write(pixels)
	d, ok = disputes[h.Sum64()]
	return d, ok && d.Label == label
}
