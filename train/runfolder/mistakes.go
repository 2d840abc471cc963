package runfolder

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io"
	"path/filepath"
	"slices"
	"strconv"

	"inkstone/internal/atomicfile"
	"inkstone/internal/smallfile"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/mnist"
)

// The files of the test images with a wrong prediction.
const (
	// MistakesFile has a line for each of these images, by decreasing loss.
	MistakesFile = "mistakes.csv"
	// PicturesFile has the first 200 of these images, 20 in a row, without distance. So a
	// report does not read the test set.
	PicturesFile = "mistakes.png"
)

const (
	maxMistakes    = 1 << 26 // bytes
	maxPictures    = 200
	pictureColumns = 20
)

// Mistake is a test image with a wrong prediction, as the folder of a run has it.
type Mistake struct {
	Image            int    // index in the test set
	Label, Predicted string // names of classes
	Probability      float64
	LabelProbability float64
	Loss             float64 // cross-entropy, in nats
	// Disputed is the vote of people who were asked about the label, see [mnist.Dispute]; ""
	// if there was none, or if most of them chose the label.
	Disputed string
	Picture  *image.Gray // nil if the folder does not have it
}

var mistakeHeads = []string{"image", "label", "predicted", "probability", "label_probability", "loss", "disputed"}

// WriteMistakes writes the test images with a wrong prediction: a table and the pictures, each
// completely or not at all. set is the test set. Without a mistake there are no pictures.
func (f *Folder) WriteMistakes(p *train.Predictions, set *data.Set) error {
	if p == nil || set == nil || set.Len() != p.Len() {
		return fmt.Errorf("run folder %s: %s: the predictions or the test set are nil, or do not have the same images", f.path, MistakesFile)
	}
	list := p.Mistakes(set).List
	err := atomicfile.Write(f.File(MistakesFile), func(w io.Writer) error {
		out := csv.NewWriter(w)
		out.Write(mistakeHeads)
		for _, e := range list {
			disputed := ""
			if d, ok := mnist.Disputed(set.Pixels(e.Index), p.Classes[e.Label]); ok {
				disputed = d.String()
			}
			out.Write([]string{
				strconv.Itoa(e.Index), p.Classes[e.Label], p.Classes[e.Predicted],
				digits(e.Probability), digits(p.Image(e.Index)[e.Label]), digits(e.Loss), disputed,
			})
		}
		out.Flush()
		return out.Error()
	})
	if err != nil || len(list) == 0 {
		return err
	}
	list = list[:min(len(list), maxPictures)]
	columns := min(len(list), pictureColumns)
	rows := (len(list) + columns - 1) / columns
	sheet := image.NewGray(image.Rect(0, 0, columns*set.Width(), rows*set.Height()))
	for k, e := range list {
		at := image.Pt(k%columns*set.Width(), k/columns*set.Height())
		picture := set.Image(e.Index)
		draw.Draw(sheet, picture.Bounds().Add(at), picture, image.Point{}, draw.Src)
	}
	return atomicfile.Write(f.File(PicturesFile), func(w io.Writer) error { return png.Encode(w, sheet) })
}

// ReadMistakes reads the mistakes of the run in a folder, by decreasing loss. The error wraps
// [io/fs.ErrNotExist] if the folder has none. If only the pictures are missing or damaged, it
// returns the mistakes without them and an error.
func ReadMistakes(folder string) ([]Mistake, error) {
	content, err := smallfile.Read(filepath.Join(folder, MistakesFile), maxMistakes)
	if err != nil {
		return nil, err
	}
	list, err := parseMistakes(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", MistakesFile, err)
	}
	if len(list) == 0 {
		return nil, nil
	}
	if err := readPictures(folder, list); err != nil {
		return list, fmt.Errorf("%s: %w", PicturesFile, withoutPath(err))
	}
	return list, nil
}

func parseMistakes(content []byte) ([]Mistake, error) {
	in := csv.NewReader(bytes.NewReader(content))
	heads, err := in.Read()
	if err != nil {
		return nil, err
	}
	if n := len(mistakeHeads); len(heads) < n || !slices.Equal(heads[:n], mistakeHeads) {
		return nil, fmt.Errorf("the header is %q, want %q", heads, mistakeHeads)
	}
	var list []Mistake
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		m := Mistake{Label: row[1], Predicted: row[2], Disputed: row[6]}
		var errs [4]error
		m.Image, errs[0] = strconv.Atoi(row[0])
		m.Probability, errs[1] = strconv.ParseFloat(row[3], 64)
		m.LabelProbability, errs[2] = strconv.ParseFloat(row[4], 64)
		m.Loss, errs[3] = strconv.ParseFloat(row[5], 64)
		if err := errors.Join(errs[:]...); err != nil || m.Image < 0 || !(m.Loss >= 0) {
			return nil, fmt.Errorf("line %d: %q, want an index, two classes and three numbers", len(list)+2, row)
		}
		list = append(list, m)
	}
}

// readPictures sets the pictures of the first mistakes.
func readPictures(folder string, list []Mistake) error {
	content, err := smallfile.Read(filepath.Join(folder, PicturesFile), maxMistakes)
	if err != nil {
		return err
	}
	n := min(len(list), maxPictures)
	columns := min(n, pictureColumns)
	rows := (n + columns - 1) / columns
	config, err := png.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return err
	}
	const largest = 1 << 12 // side of a picture
	width, height := config.Width/columns, config.Height/rows
	if width*columns != config.Width || height*rows != config.Height || width > largest || height > largest {
		return fmt.Errorf("%d x %d pixels, want %d x %d pictures of one size", config.Width, config.Height, columns, rows)
	}
	decoded, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		return err
	}
	for k := range n {
		picture := image.NewGray(image.Rect(0, 0, width, height))
		draw.Draw(picture, picture.Bounds(), decoded, image.Pt(k%columns*width, k/columns*height), draw.Src)
		list[k].Picture = picture
	}
	return nil
}
