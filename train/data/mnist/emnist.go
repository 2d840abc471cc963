package mnist

import (
	"fmt"
	"slices"
	"strings"
)

// emnistArchive is where NIST distributes all of EMNIST, in an archive of half a gigabyte.
const emnistArchive = "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip"

// merged holds the classes of the letters whose lower case does not look like the upper case.
// The other letters are one class in both cases, named after the upper case.
var merged = slices.Concat(decimal, latin, strings.Split("abdefghnqrt", ""))

// localEMNIST holds the data sets of EMNIST that are only read from local files: Cohen,
// Afshar, Tapson and van Schaik, "EMNIST: an extension of MNIST to handwritten letters",
// arXiv:1702.05373. Their labels count the classes from 0.
var localEMNIST = []dataset{
	newLocal("balanced", "47 classes of the same size", merged, 112800, 18800),
	newLocal("byclass", "62 classes", slices.Concat(decimal, latin, strings.Split("abcdefghijklmnopqrstuvwxyz", "")), 697932, 116323),
	newLocal("bymerge", "47 classes", merged, 697932, 116323),
}

// newLocal returns a data set of EMNIST that is not downloaded.
func newLocal(name, kind string, classes []string, train, test int) dataset {
	files := func(part string, count int) split {
		prefix := fmt.Sprintf("emnist-%s-%s-", name, part)
		return split{count, file{name: prefix + "images-idx3-ubyte"}, file{name: prefix + "labels-idx1-ubyte"}}
	}
	return dataset{
		name:       "emnist-" + name,
		title:      "handwritten digits and letters, " + kind + ", from local files only (-data)",
		classes:    classes,
		train:      files("train", train),
		test:       files("test", test),
		folders:    []string{"emnist-" + name, "emnist", "EMNIST/raw", "gzip"},
		transposed: true,
		local:      true,
	}
}

// errLocal returns the error for a data set that is not downloaded.
func (d dataset) errLocal() error {
	return fmt.Errorf("%s is read from local files only: unpack %s, and name the folder with -data or %s", d.name, emnistArchive, Env)
}
