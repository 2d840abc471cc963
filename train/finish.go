package train

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"inkstone/train/data/augment"
)

// Finish holds the distortions of the images in the last epochs of a run, which replace
// [Config.Augment]. The zero Finish changes nothing.
//
// Strongly distorted training images have another distribution than the test images. Ending
// the training on weakly distorted or undistorted images closes this gap: He, Xie, Chen, Zhang,
// Wang and Tian, "Data augmentation revisited: rethinking the distribution gap between clean
// and augmented data", arXiv:1909.09148.
type Finish struct {
	Share   float64         // fraction of the epochs, rounded to whole epochs; 0 for none
	Augment augment.Options // distortions; the zero Options do not change the images
}

// ParseFinish reads a Finish from text: a share above 0 and at most 1, a colon, and distortions
// as [augment.Parse] reads them, as in "0.2:light" or "0.2:none". Empty text and "none" give the
// zero Finish.
func ParseFinish(text string) (Finish, error) {
	text = strings.TrimSpace(text)
	if text == "" || text == "none" {
		return Finish{}, nil
	}
	number, distortions, found := strings.Cut(text, ":")
	share, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !found || !(share > 0 && share <= 1) {
		return Finish{}, fmt.Errorf("finish: %q, want a share of the epochs above 0 and up to 1, a colon and distortions, as in 0.2:light", text)
	}
	o, err := augment.Parse(distortions)
	if err != nil {
		return Finish{}, fmt.Errorf("finish: %w", err)
	}
	return Finish{Share: share, Augment: o}, nil
}

// String returns the Finish in the form that [ParseFinish] reads.
func (f Finish) String() string {
	if f.Share == 0 {
		return "none"
	}
	return fmt.Sprintf("%g:%s", f.Share, f.Augment)
}

// UnmarshalText sets the Finish as [ParseFinish] does, for flags and files.
func (f *Finish) UnmarshalText(text []byte) error {
	parsed, err := ParseFinish(string(text))
	if err == nil {
		*f = parsed
	}
	return err
}

// Epochs returns the number of epochs of the Finish in a run of run epochs.
func (f Finish) Epochs(run int) int { return int(math.Round(f.Share * float64(run))) }

// distortions holds the distortions of a run: first up to the epoch switchAfter, last after it.
type distortions struct {
	first, last *augment.Augmenter // nil for no distortions or no epochs
	switchAfter int
}

// newDistortions returns the distortions of a configuration for images of height x width
// pixels. It returns an error if the distortions are not valid for this size.
func newDistortions(cfg *Config, height, width int) (*distortions, error) {
	finish := cfg.Finish.Epochs(cfg.Epochs)
	d := &distortions{switchAfter: cfg.Epochs - finish}
	for _, a := range []struct {
		to     **augment.Augmenter
		from   augment.Options
		epochs int
	}{{&d.first, cfg.Augment, d.switchAfter}, {&d.last, cfg.Finish.Augment, finish}} {
		if a.from == (augment.Options{}) {
			continue // the images do not change
		}
		augmenter, err := augment.New(a.from, height, width)
		if err != nil {
			return nil, err
		}
		if a.epochs > 0 { // distortions without epochs are only checked
			*a.to = augmenter
		}
	}
	return d, nil
}

// none reports whether no epoch distorts the images.
func (d *distortions) none() bool { return d.first == nil && d.last == nil }

// forEpoch returns the distortions of an epoch, counted from 1, or nil for none.
func (d *distortions) forEpoch(epoch int) *augment.Augmenter {
	if epoch > d.switchAfter {
		return d.last
	}
	return d.first
}
