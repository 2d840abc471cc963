package train

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"inkstone/train/data/augment"
)

// Finish says how the images of the last epochs of a run are distorted, in place of
// [Config.Augment]. The zero Finish changes nothing.
//
// A network that has learnt from strong distortions has not seen images as they are.
// To end on such, at the low rates of a schedule's end, closes that gap: He, Xie, Chen,
// Zhang, Wang and Tian, "Data augmentation revisited: rethinking the distribution gap
// between clean and augmented data", arXiv:1909.09148.
type Finish struct {
	Share   float64         // of the epochs of the run, rounded to whole ones; 0 for none
	Augment augment.Options // the zero Options leave the images as they are
}

// ParseFinish reads a finish from text: a share above 0 and up to 1, a colon, and what
// [augment.Parse] reads, as in "0.2:light" or "0.2:none". Empty text and "none" are the
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

// String gives the finish in the form that [ParseFinish] reads.
func (f Finish) String() string {
	if f.Share == 0 {
		return "none"
	}
	return fmt.Sprintf("%g:%s", f.Share, f.Augment)
}

// UnmarshalText is [ParseFinish], for flags and files.
func (f *Finish) UnmarshalText(text []byte) error {
	parsed, err := ParseFinish(string(text))
	if err == nil {
		*f = parsed
	}
	return err
}

// Epochs is how many of a run's epochs the finish is about.
func (f Finish) Epochs(run int) int { return int(math.Round(f.Share * float64(run))) }

// distortions are those of a run: of its first epochs, and of those after turn.
type distortions struct {
	first, last *augment.Augmenter // nil for none, or no epochs
	turn        int
}

// newDistortions prepares the distortions of a complete configuration.
func newDistortions(cfg *Config, height, width int) (*distortions, error) {
	finish := cfg.Finish.Epochs(cfg.Epochs)
	d := &distortions{turn: cfg.Epochs - finish}
	for _, a := range []struct {
		to     **augment.Augmenter
		from   augment.Options
		epochs int
	}{{&d.first, cfg.Augment, d.turn}, {&d.last, cfg.Finish.Augment, finish}} {
		if a.from == (augment.Options{}) {
			continue // images stay as they are
		}
		made, err := augment.New(a.from, height, width)
		if err != nil {
			return nil, err
		}
		if a.epochs > 0 { // what no epoch uses is only checked
			*a.to = made
		}
	}
	return d, nil
}

// none reports whether the images stay as they are in every epoch.
func (d *distortions) none() bool { return d.first == nil && d.last == nil }

// at gives the distortion of an epoch, counted from 1, nil for none.
func (d *distortions) at(epoch int) *augment.Augmenter {
	if epoch > d.turn {
		return d.last
	}
	return d.first
}
