package data

import (
	"fmt"

	"inkstone/train/settings"
)

// Selection selects the images of a run: the data set or the folder, the classes, the number
// of images, and the number of validation images. Package inkstone/train/data/sets loads them.
// [DefaultSelection] returns the default.
type Selection struct {
	Dataset string // name of the data set; "" for mnist, or the built-in digits if there is no MNIST
	Dir     string // folder with the files of the data set; "" for the usual places
	Offline bool   // forbids downloads
	Images  string // folder of pictures with a subfolder for each class, instead of a data set

	MaxMegapixels int // refuses pictures in Images with more megapixels, each 2^20 pixels; 0 for 64

	Classes  string // some of the classes, as [Set.ParseClasses] reads them; "" for all
	Limit    int    // number of training images, validation included; 0 for all
	PerClass int    // number of training images of each class, chosen by the seed; 0 for all

	// Validation is the number of training images that are used for validation instead. A
	// number below 0 means the subfolder for validation of Images. If there is none, it means
	// 5,000 or, if that is less, a twelfth of the set, and 0 with PerClass.
	Validation int
	// Fold makes a part of the training images the validation set, for a cross-validation.
	// Validation then has no effect.
	Fold Fold
}

// autoValidation is a number of validation images that depends on the size of the set, see
// [Selection].
const autoValidation = -1

// maxImages is the largest number of images in a setting. Products with other numbers of images do
// not overflow.
const maxImages = 1e9

// DefaultSelection returns the selection of all images of MNIST, with the default number of
// validation images.
func DefaultSelection() Selection { return Selection{MaxMegapixels: 64, Validation: autoValidation} }

// TopicData is the topic of the settings in a command's help.
const TopicData = "data"

// Settings returns the table of the settings for flags and configuration files. Its values
// point to the fields of s.
func (s *Selection) Settings() settings.List {
	return settings.List{
		{Name: "dataset", Topic: TopicData, Help: "`name` of the data set (see -list); by default mnist, or builtin if there is no MNIST",
			Value: settings.String(&s.Dataset)},
		{Name: "data", Topic: TopicData, Help: "`folder` with the files of the data set; by default INKSTONE_DATA, the cache, then a download", Resumable: true,
			Value: settings.String(&s.Dir)},
		{Name: "offline", Topic: TopicData, Help: "download nothing", Resumable: true,
			Value: settings.Bool(&s.Offline)},
		{Name: "images", Topic: TopicData, Help: "`folder` of pictures with a subfolder for each class, or with such folders for train, val and test, instead of a data set", Resumable: true,
			Value: settings.String(&s.Images)},
		{Name: "max-megapixels", Topic: TopicData, Help: "refuse pictures in -images with more `megapixels`; 0 for 64", Resumable: true,
			Value: settings.Int(&s.MaxMegapixels).Min(0).Max(4096)},
		{Name: "classes", Topic: TopicData, Help: "train on these classes only, as in 5-9, 0,3,8 or odd; they get new numbers from 0",
			Value: settings.String(&s.Classes)},
		{Name: "limit", Topic: TopicData, Help: "number of training images, validation included; 0 for all",
			Value: settings.Int(&s.Limit).Min(0).Max(maxImages)},
		{Name: "limit-per-class", Topic: TopicData, Help: "number of training images of each class, chosen by the seed; 0 for all",
			Value: settings.Int(&s.PerClass).Min(0).Max(maxImages)},
		{Name: "val", Topic: TopicData, Help: "number of training images set aside for validation; -1 for the validation folder of -images, or else 5000, a twelfth of fewer than 60000 images, or none with -limit-per-class",
			Value: settings.Int(&s.Validation).Min(autoValidation).Max(maxImages)},
		{Name: "fold", Topic: TopicData, Help: "validate on a `part` of the training images, as in 2/5 for the second of five equal parts, in place of -val; the seed chooses the parts",
			Value: settings.Text(&s.Fold)},
	}
}

// Check returns an error for the first setting that is out of its range or contradicts another
// one. The error begins with the name of the setting.
func (s *Selection) Check() error {
	if err := s.Settings().Check(); err != nil {
		return err
	}
	if s.Images != "" && (s.Dir != "" || s.Dataset != "") {
		return fmt.Errorf("images %s and a data set (data or dataset) exclude each other", s.Images)
	}
	return nil
}

// HeldOut returns the number of validation images for a set of n training images. It returns an
// error if no image would be left to train on.
func (s *Selection) HeldOut(n int) (int, error) {
	v := s.Validation
	switch {
	case v < 0 && s.PerClass > 0:
		v = 0
	case v < 0:
		v = min(5000, n/12)
	}
	if v >= n {
		return 0, fmt.Errorf("val is %d, but there are only %d training images", v, n)
	}
	return v, nil
}
