package metrics

import (
	"fmt"
	"html"
	"slices"
	"strconv"

	"inkstone/internal/failed"
	"inkstone/internal/table"
)

// Confusion is a confusion matrix: the number of images by class and predicted class.
type Confusion struct {
	classes []string
	counts  []int // label, predicted class
	err     error // of the call that returned it
}

// FailedConfusion returns an empty matrix that stands for one that could not be computed: it shows
// err.
func FailedConfusion(err error) *Confusion { return &Confusion{err: err} }

// Err returns the error of a matrix that could not be computed, nil for others.
func (c *Confusion) Err() error { return c.err }

// maxClasses is the largest number of classes, since a label is one byte.
const maxClasses = 256

// NewConfusion returns a matrix of zeros for the classes with these names. A label is an index
// into them. NewConfusion returns an error unless there are 1 to 256 classes.
func NewConfusion(classes []string) (*Confusion, error) {
	if n := len(classes); n < 1 || n > maxClasses {
		return nil, fmt.Errorf("confusion matrix: %d classes, want 1 to %d", n, maxClasses)
	}
	return &Confusion{classes: slices.Clone(classes), counts: make([]int, len(classes)*len(classes))}, nil
}

// Add counts an image of the class label that was predicted as the class predicted. It returns
// an error and counts nothing if the matrix does not have one of the classes.
func (c *Confusion) Add(label, predicted int) error {
	n := len(c.classes)
	if label < 0 || label >= n {
		return fmt.Errorf("confusion matrix: label %d, want 0 to %d", label, n-1)
	}
	if predicted < 0 || predicted >= n {
		return fmt.Errorf("confusion matrix: predicted class %d, want 0 to %d", predicted, n-1)
	}
	c.counts[label*n+predicted]++
	return nil
}

// At returns the number of images of the class label that were predicted as the class
// predicted. It returns 0 for classes that the matrix does not have.
func (c *Confusion) At(label, predicted int) int {
	n := len(c.classes)
	if label < 0 || label >= n || predicted < 0 || predicted >= n {
		return 0
	}
	return c.counts[label*n+predicted]
}

// Classes returns the names of the classes.
func (c *Confusion) Classes() []string { return slices.Clone(c.classes) }

// Total returns the number of images.
func (c *Confusion) Total() int {
	sum := 0
	for _, n := range c.counts {
		sum += n
	}
	return sum
}

// Errors returns the number of images with a wrong prediction.
func (c *Confusion) Errors() int { return c.Total() - c.correct() }

// correct returns the number of images with a correct prediction.
func (c *Confusion) correct() int {
	sum := 0
	for i := range c.classes {
		sum += c.At(i, i)
	}
	return sum
}

// Accuracy returns the fraction of the images with a correct prediction.
func (c *Confusion) Accuracy() float64 { return ratio(c.correct(), c.Total()) }

// AccuracyInterval returns the 95 % interval of the accuracy, see [Wilson]. Without images it
// is 0 to 1.
func (c *Confusion) AccuracyInterval() Interval {
	return interval(c.correct(), c.Total())
}

// summary returns the line below the table.
func (c *Confusion) summary() string {
	return fmt.Sprintf("%d images, %d errors, accuracy %.2f %% (95 %% interval %s)",
		c.Total(), c.Errors(), 100*c.Accuracy(), c.AccuracyInterval())
}

// table returns the matrix with a row for each label and a column for each predicted
// class.
func (c *Confusion) table() *table.Table {
	t := &table.Table{Columns: table.Columns(1, append([]string{`label \ predicted`}, c.classes...)...)}
	for i, name := range c.classes {
		row := []string{name}
		for j := range c.classes {
			cell := strconv.Itoa(c.At(i, j))
			if cell == "0" {
				cell = "."
			}
			row = append(row, cell)
		}
		t.Add(row...)
	}
	return t
}

// String returns the matrix as a table, with a row for each label, a column for each predicted
// class and "." for 0, and below it a line with the accuracy.
func (c *Confusion) String() string {
	if c.err != nil {
		return failed.Text("confusion matrix", c.err)
	}
	return c.table().String() + c.summary() + "\n"
}

// HTML returns the text of String as HTML, for a notebook or a page.
func (c *Confusion) HTML() string {
	if c.err != nil {
		return failed.HTML("confusion matrix", c.err)
	}
	return fmt.Sprintf("%s\n<p>%s</p>\n", c.table().HTML(), html.EscapeString(c.summary()))
}

// ratio returns a/b, or 0 if b is 0.
func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
