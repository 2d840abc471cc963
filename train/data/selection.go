package data

import (
	"fmt"

	"inkstone/train/settings"
)

// Selection says which images a run uses: from which data set or folder, which classes
// and how many of them, and how many are for validation. Package inkstone/train/data/sets
// loads them. [DefaultSelection] fills one in.
type Selection struct {
	Dataset string // name of the data set; "" for mnist, or the built-in digits if there is no MNIST
	Dir     string // folder with the files of the data set; "" to look in the usual places
	Offline bool   // download nothing
	Images  string // folder of pictures with a subfolder for each class, in place of a data set

	Classes  string // some of the classes, as [Set.ParseClasses] reads them; "" for all
	Limit    int    // number of training images, validation included; 0 for all
	PerClass int    // number of training images of each class, drawn by the seed; 0 for all

	// Validation is the number of training images that are set aside for validation. Below
	// 0 it is 5,000, or a twelfth of a smaller set, and none with PerClass.
	Validation int
}

// AutoValidation stands for a number of validation images that follows the size of the
// set, see [Selection].
const AutoValidation = -1

// DefaultSelection returns the selection of all images of MNIST.
func DefaultSelection() Selection { return Selection{Validation: AutoValidation} }

// TopicData is the topic of the settings in a command's help.
const TopicData = "data"

// Settings returns the table of the settings that flags and configuration files hold.
// Its values point at the fields of s.
func (s *Selection) Settings() settings.List {
	return settings.List{
		{Name: "dataset", Topic: TopicData, Help: "`name` of the data set (see -list); without it mnist, or builtin if there is no MNIST",
			Value: settings.String(&s.Dataset)},
		{Name: "data", Topic: TopicData, Help: "`folder` with the files of the data set; without it INKSTONE_DATA, the cache, then a download", Resumable: true,
			Value: settings.String(&s.Dir)},
		{Name: "offline", Topic: TopicData, Help: "download nothing", Resumable: true,
			Value: settings.Bool(&s.Offline)},
		{Name: "images", Topic: TopicData, Help: "`folder` of pictures with a subfolder for each class, in place of a data set", Resumable: true,
			Value: settings.String(&s.Images)},
		{Name: "classes", Topic: TopicData, Help: "train on these classes only, as in 5-9, 0,3,8 or odd; they get new numbers from 0",
			Value: settings.String(&s.Classes)},
		{Name: "limit", Topic: TopicData, Help: "number of training images, validation included; 0 for all",
			Value: settings.Int(&s.Limit).Min(0)},
		{Name: "limit-per-class", Topic: TopicData, Help: "number of training images of each class, drawn by the seed; 0 for all",
			Value: settings.Int(&s.PerClass).Min(0)},
		{Name: "val", Topic: TopicData, Help: "number of training images set aside for validation; -1 for 5000, or a twelfth of a smaller set, and none with -limit-per-class",
			Value: settings.Int(&s.Validation).Min(AutoValidation)},
	}
}

// Check returns an error about the first setting that is out of its range or does not fit
// the others. The error begins with the setting's name.
func (s *Selection) Check() error {
	if err := s.Settings().Check(); err != nil {
		return err
	}
	if s.Images != "" && (s.Dir != "" || s.Dataset != "") {
		return fmt.Errorf("images %s and a data set (data or dataset) exclude each other", s.Images)
	}
	return nil
}

// HeldOut returns the number of validation images in a set of n training images, and
// refuses one that leaves no image to train on.
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
