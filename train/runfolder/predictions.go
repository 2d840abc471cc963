package runfolder

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"

	"inkstone/internal/atomicfile"
	"inkstone/internal/smallfile"
	"inkstone/train"
)

// PredictionsFile has a line for each test image: its index, its label, the predicted class, and
// the probability of each class, whose names are in the header. The probabilities have six
// significant digits. Those below 1e-7 are written as 0, except that of the label.
const PredictionsFile = "predictions.csv"

const (
	leastWritten   = 1e-7
	maxPredictions = 1 << 28 // bytes
)

// predictionHeads are the heads of the columns before the classes.
var predictionHeads = []string{"image", "label", "predicted"}

// WritePredictions writes the predictions for the test images, completely or not at all.
func (f *Folder) WritePredictions(p *train.Predictions) error {
	if p == nil {
		return fmt.Errorf("run folder %s: %s: the predictions are nil", f.path, PredictionsFile)
	}
	return atomicfile.Write(f.File(PredictionsFile), func(w io.Writer) error {
		out := csv.NewWriter(w)
		out.Write(slices.Concat(predictionHeads, p.Classes))
		row := make([]string, len(predictionHeads)+len(p.Classes))
		for i, label := range p.Labels {
			row[0], row[1], row[2] = strconv.Itoa(i), p.Classes[label], p.Classes[p.Predicted[i]]
			for k, v := range p.Image(i) {
				if v < leastWritten && k != label {
					v = 0
				}
				row[len(predictionHeads)+k] = digits(v)
			}
			out.Write(row)
		}
		out.Flush()
		return out.Error()
	})
}

// digits formats a number with six significant digits.
func digits(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// ReadPredictions reads the predictions of the run in a folder. The error wraps
// [io/fs.ErrNotExist] if there are none.
func ReadPredictions(folder string) (*train.Predictions, error) {
	content, err := smallfile.Read(filepath.Join(folder, PredictionsFile), maxPredictions)
	if err != nil {
		return nil, err
	}
	p, err := parsePredictions(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", PredictionsFile, err)
	}
	return p, nil
}

func parsePredictions(content []byte) (*train.Predictions, error) {
	in := csv.NewReader(bytes.NewReader(content))
	in.ReuseRecord = true
	heads, err := in.Read()
	if err != nil {
		return nil, err
	}
	n := len(predictionHeads)
	if len(heads) <= n || !slices.Equal(heads[:n], predictionHeads) {
		return nil, fmt.Errorf("the header is %q, want image, label, predicted and the classes", heads)
	}
	p := &train.Predictions{Classes: slices.Clone(heads[n:])}
	index := map[string]int{}
	for k, name := range p.Classes {
		if _, twice := index[name]; twice {
			return nil, fmt.Errorf("the class %q occurs twice", name)
		}
		index[name] = k
	}
	for i := 0; ; i++ {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil {
			return nil, err
		}
		if err := addPrediction(p, index, i, row); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
	}
}

// addPrediction appends image i from a row of the file.
func addPrediction(p *train.Predictions, index map[string]int, i int, row []string) error {
	label, known := index[row[1]]
	predicted, also := index[row[2]]
	if row[0] != strconv.Itoa(i) || !known || !also {
		return fmt.Errorf("image %q with the label %q and the predicted class %q, want image %d with classes of the header", row[0], row[1], row[2], i)
	}
	for _, text := range row[len(predictionHeads):] {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v >= 0 && v <= 1) {
			return fmt.Errorf("probability %q, want 0 to 1", text)
		}
		p.Probabilities = append(p.Probabilities, v)
	}
	p.Labels, p.Predicted = append(p.Labels, label), append(p.Predicted, predicted)
	return nil
}
