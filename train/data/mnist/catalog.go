package mnist

import (
	"fmt"
	"slices"
	"strings"

	"inkstone/train/data/digits"
)

// Info describes a data set that [Load] finds by name.
type Info struct {
	Name    string   // for [Options] and the flag -dataset
	Title   string   // description in one line
	Train   int      // number of training images
	Test    int      // number of test images
	Classes []string // names of the classes; a label is an index into them
}

// String returns a description of the data set in one line.
func (i Info) String() string {
	return fmt.Sprintf("%-14s %s: %d training and %d test images, %d classes", i.Name, i.Title, i.Train, i.Test, len(i.Classes))
}

// Default is the name of the data set that [Load] loads if no name is given.
const Default = "mnist"

// Builtin is the name of the data set that package digits generates. It needs no files and no
// network.
const Builtin = digits.Name

// Catalog returns the data sets that [Load] knows. The first is [Default] and the last is
// [Builtin].
func Catalog() []Info {
	var list []Info
	for _, d := range catalog {
		list = append(list, d.info())
	}
	return append(list, Info{
		Name: Builtin, Title: "digits drawn by a seeded generator",
		Train: digits.Training, Test: digits.Test, Classes: slices.Clone(decimal),
	})
}

// Names returns the names of the data sets in [Catalog].
func Names() []string {
	var names []string
	for _, i := range Catalog() {
		names = append(names, i.Name)
	}
	return names
}

// lookup returns the data set with a name.
func lookup(name string) (dataset, error) {
	for _, d := range catalog {
		if d.name == name {
			return d, nil
		}
	}
	return dataset{}, fmt.Errorf("%w %q; the known ones are %s", ErrUnknownDataset, name, strings.Join(Names(), ", "))
}

// dataset is a data set in four files.
type dataset struct {
	name, title string
	classes     []string
	train, test split
	folders     []string // subfolders of a user's folder that may hold the files
	mirrors     []string // base URLs, the preferred one first
	firstLabel  byte     // label of class 0 in the files
	transposed  bool     // whether the files store images column by column
	local       bool     // whether the files are never downloaded
}

// split is the training set or the test set of a data set.
type split struct {
	count          int
	images, labels file
}

// file is one IDX file of a data set.
type file struct {
	name string // without .gz

	// content and packed are the SHA-256 of the unpacked content and of the .gz file as it
	// was first published, or "" if not known.
	content, packed string
}

const side = 28 // height and width of the images of all data sets of the catalog

// info returns the description of the data set.
func (d dataset) info() Info {
	return Info{Name: d.name, Title: d.title, Train: d.train.count, Test: d.test.count, Classes: slices.Clone(d.classes)}
}

// files returns the four files of the data set: training images and labels, test images and labels.
func (d dataset) files() []file {
	return []file{d.train.images, d.train.labels, d.test.images, d.test.labels}
}

var (
	decimal = strings.Split("0123456789", "")
	latin   = strings.Split("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "")
)

// catalog holds the data sets that are read from files.
var catalog = append(downloadable, localEMNIST...)

// downloadable holds the data sets that can be downloaded.
//
// The content checksums of MNIST are of the four original files. Fashion-MNIST and KMNIST
// publish MD5 checksums of their .gz files; the SHA-256 here are of files with those MD5
// checksums. The packed checksums of EMNIST are of the members of NIST's gzip.zip, an archive
// of half a gigabyte, from which the mirrors took the single files.
var downloadable = []dataset{
	{
		name:    "mnist",
		title:   "handwritten digits (LeCun, Cortes, Burges)",
		classes: decimal,
		train: split{60000,
			file{name: "train-images-idx3-ubyte", content: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
			file{name: "train-labels-idx1-ubyte", content: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"}},
		test: split{10000,
			file{name: "t10k-images-idx3-ubyte", content: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
			file{name: "t10k-labels-idx1-ubyte", content: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}},
		folders: []string{"mnist", "MNIST/raw"},
		mirrors: []string{
			"https://storage.googleapis.com/cvdf-datasets/mnist/",
			"https://ossci-datasets.s3.amazonaws.com/mnist/",
		},
	},
	{
		name:    "fashion-mnist",
		title:   "articles of clothing (Zalando)",
		classes: []string{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"},
		train: split{60000,
			file{name: "train-images-idx3-ubyte",
				packed: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"},
			file{name: "train-labels-idx1-ubyte",
				content: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
				packed:  "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"}},
		test: split{10000,
			file{name: "t10k-images-idx3-ubyte",
				packed: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"},
			file{name: "t10k-labels-idx1-ubyte",
				content: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
				packed:  "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"}},
		folders: []string{"fashion-mnist", "FashionMNIST/raw"},
		mirrors: []string{
			"https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
			"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
			"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
		},
	},
	{
		name:    "kmnist",
		title:   "cursive Japanese characters, Kuzushiji (ROIS-CODH)",
		classes: []string{"o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"},
		train: split{60000,
			file{name: "train-images-idx3-ubyte",
				packed: "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"},
			file{name: "train-labels-idx1-ubyte",
				content: "2a16eeae62da984b8bd24fa32e31d47291f01dac3fe84d5594f304f71e7d374b",
				packed:  "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"}},
		test: split{10000,
			file{name: "t10k-images-idx3-ubyte",
				content: "76fbd229ce87db80dd281af5e6670de4ad0e42fb30a7bd643972994c47c1f42e",
				packed:  "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"},
			file{name: "t10k-labels-idx1-ubyte",
				content: "a11dc742be8e781a40a92f53d6a4957e7b7d36df2faa097659131ebfd8fd60c6",
				packed:  "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"}},
		folders: []string{"kmnist", "KMNIST/raw"},
		mirrors: []string{
			"https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
			// The publisher's host is sometimes unreachable. No institution mirrors the IDX
			// files, so this is a copy in the repository of a course, at a fixed commit.
			"https://raw.githubusercontent.com/zzc18765/AiPremiumClass/2187a1b6168b317230cb0d942ab8817aa94e1c89/week3_codes/data/KMNIST/raw/",
		},
	},
	{
		name:    "emnist-digits",
		title:   "handwritten digits of NIST's Special Database 19",
		classes: decimal,
		train: split{240000,
			file{name: "emnist-digits-train-images-idx3-ubyte", packed: "f7c95004d14d81af89522e67d8f0c781dfb3bd544181c81bfe1eb6b41c35b726"},
			file{name: "emnist-digits-train-labels-idx1-ubyte", packed: "6638a6ff5fe2eefd9cca2471995b46c82986b8e4b2a70d2f5ce8e05d7edb319e"}},
		test: split{40000,
			file{name: "emnist-digits-test-images-idx3-ubyte", packed: "20ebe43509264f7639d37c835a3f0b009e90b29e00a099a03101abe1644a3f63"},
			file{name: "emnist-digits-test-labels-idx1-ubyte", packed: "bad1834c45d5988e270b99d43b13edc3fd898f658ffbc2caf2846ef27f7b05b0"}},
		folders: []string{"emnist-digits", "emnist", "EMNIST/raw", "gzip"},
		mirrors: []string{
			"https://huggingface.co/datasets/Royc30ne/emnist-digits/resolve/main/",
			"https://github.com/aurelienduarte/emnist/raw/master/gzip/",
		},
		transposed: true,
	},
	{
		name:    "emnist-letters",
		title:   "handwritten letters of NIST's Special Database 19, upper and lower case as one class",
		classes: latin,
		train: split{124800,
			file{name: "emnist-letters-train-images-idx3-ubyte", packed: "6288f418a917e007bf5fddb823a2dc7a5c6a35031401b93292a539cb12bd881f"},
			file{name: "emnist-letters-train-labels-idx1-ubyte", packed: "9759af91ea6bccdf07a6040fd085861f2ec88e37f7c3f5760f6feb57106fbe5c"}},
		test: split{20800,
			file{name: "emnist-letters-test-images-idx3-ubyte", packed: "50f0e93d75b99b463e9760b8345866f22587fa2c2fba472730a5ba09c693412d"},
			file{name: "emnist-letters-test-labels-idx1-ubyte", packed: "924955c31fe7fd809b7303b5c0141282955f4b8390c74cdfd5d80435e0f4b4cb"}},
		folders: []string{"emnist-letters", "emnist", "EMNIST/raw", "gzip"},
		mirrors: []string{
			"https://huggingface.co/datasets/Royc30ne/emnist-letters/resolve/main/",
			"https://github.com/aurelienduarte/emnist/raw/master/gzip/",
		},
		firstLabel: 1,
		transposed: true,
	},
}
