package sweep

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"inkstone/internal/atomicfile"
	"inkstone/internal/smallfile"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/runfolder"
)

// ScoreFile is the file in the folder of a run that says that the run is done, with its [Score].
const ScoreFile = "score.json"

// Score is the result of a trial on its validation images. With folds it is that of all folds.
type Score struct {
	Images  int     `json:"images"`
	Wrong   []int   `json:"wrong"` // indices of the images with a wrong prediction, ascending
	Loss    float64 `json:"loss"`  // mean cross-entropy, in nats
	Set     string  `json:"set"`   // identifies the images
	Seconds float64 `json:"seconds"`
	// Diverged is the error of a training that diverged, "" for none.
	Diverged string `json:"diverged,omitempty"`
}

// Accuracy returns the fraction of correct predictions.
func (s *Score) Accuracy() float64 { return 1 - float64(len(s.Wrong))/float64(max(s.Images, 1)) }

// better reports whether s has a higher accuracy than another score, or the same and a lower loss.
func (s *Score) better(other *Score) bool {
	switch {
	case (s.Diverged == "") != (other.Diverged == ""):
		return s.Diverged == ""
	case s.Accuracy() != other.Accuracy():
		return s.Accuracy() > other.Accuracy()
	}
	return s.Loss < other.Loss
}

// add adds the score of another fold.
func (s *Score) add(other *Score) {
	for _, i := range other.Wrong {
		s.Wrong = append(s.Wrong, s.Images+i)
	}
	s.Loss = (s.Loss*float64(s.Images) + other.Loss*float64(other.Images)) / float64(max(s.Images+other.Images, 1))
	s.Images += other.Images
	s.Set += other.Set
	s.Seconds += other.Seconds
	if s.Diverged == "" {
		s.Diverged = other.Diverged
	}
}

// readScore returns the score of a run, nil if the run is not done.
func readScore(folder string) (*Score, error) {
	path := filepath.Join(folder, ScoreFile)
	content, err := smallfile.Read(path, 1<<24)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	s := &Score{}
	if err == nil {
		err = json.Unmarshal(content, s)
	}
	if err == nil {
		err = s.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w; remove it to score the run again", path, err)
	}
	return s, nil
}

// check returns an error for a score that no run can have.
func (s *Score) check() error {
	for k, i := range s.Wrong {
		if i < 0 || i >= s.Images || k > 0 && i <= s.Wrong[k-1] {
			return fmt.Errorf("wrong has %d, want ascending numbers below images, %d", i, s.Images)
		}
	}
	if s.Images < 1 && s.Diverged == "" {
		return fmt.Errorf("images is %d, want at least 1", s.Images)
	}
	return nil
}

// write writes the score of a run.
func (s *Score) write(folder string) error {
	content, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(filepath.Join(folder, ScoreFile), append(content, '\n'))
}

// evaluate returns the score of the model of a finished run.
func evaluate(ctx context.Context, folder string, workers int) (*Score, error) {
	run, err := runfolder.Read(folder)
	if err != nil {
		return nil, err
	}
	m, all, err := runfolder.LoadTrained(ctx, folder, nil)
	if err != nil {
		return nil, err
	}
	if all.Validation == nil || all.Validation.Len() == 0 {
		return nil, fmt.Errorf("%s: the run has no validation images: set val to their number, or folds for a cross-validation", folder)
	}
	r, err := train.Evaluate(ctx, m, all.Validation, workers)
	if err != nil {
		return nil, err
	}
	s := &Score{Images: r.Images, Wrong: []int{}, Loss: r.Loss, Set: fingerprint(all.Validation), Seconds: run.TrainSeconds()}
	for i, label := range r.Predictions.Labels {
		if r.Predictions.Predicted[i] != label {
			s.Wrong = append(s.Wrong, i)
		}
	}
	return s, nil
}

// fingerprint returns a text that identifies the images and the labels of a set.
func fingerprint(s *data.Set) string {
	h := sha256.New()
	for i := range s.Len() {
		h.Write(s.Pixels(i))
		h.Write([]byte{byte(s.Label(i))})
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// String returns the accuracy, the errors and the time.
func (s *Score) String() string {
	if s.Diverged != "" {
		return s.Diverged
	}
	return fmt.Sprintf("validation %.2f %% (%d errors in %d images), loss %.4f, %.1f s", 100*s.Accuracy(), len(s.Wrong), s.Images, s.Loss, s.Seconds)
}
