// Package live records a run in progress for a page that shows it: the curves, the speed, the sizes
// of the weights and gradients of each layer, and the images that the network gets wrong now.
package live

import "inkstone/train"

// The states of a run.
const (
	Running  = "running"
	Finished = "finished"
	Stopped  = "stopped" // by a person; it can be resumed if it has a folder
	Failed   = "failed"
)

// Status describes a run at a moment.
type Status struct {
	State string `json:"state"`
	Ended string `json:"ended,omitempty"` // why the run ended, in words
	Error string `json:"error,omitempty"` // of a run that failed

	Network string `json:"network"`
	Dataset string `json:"dataset"`

	Epoch         int     `json:"epoch"`  // the current one, from 1
	Epochs        int     `json:"epochs"` // in the run
	Step          int     `json:"step"`   // steps done in the epoch
	StepsPerEpoch int     `json:"steps_per_epoch"`
	Loss          float64 `json:"loss"`              // mean over the images of the epoch so far
	Accuracy      float64 `json:"accuracy"`          // fraction of 1, likewise
	Speed         float64 `json:"images_per_second"` // over the last seconds
	LearningRate  float64 `json:"learning_rate"`     // before the schedule

	Curve   Curve         `json:"curve"`
	History []train.Epoch `json:"history"`        // the finished epochs
	Test    *Score        `json:"test,omitempty"` // on the test images, at the end

	// The rest is up to date while somebody watches.
	Layers   []train.LayerNorm `json:"layers"`
	Examined int               `json:"examined"` // images in which mistakes were looked for
	Wrong    int               `json:"wrong"`    // of these, classified incorrectly
	Held     bool              `json:"held"`     // whether these images are not trained on
	Mistakes []Mistake         `json:"mistakes"` // the first of the wrong ones, by decreasing loss
}

// Score is the result of a model on some images.
type Score struct {
	Images  int `json:"images"`
	Correct int `json:"correct"`
}

// Curve holds the training loss over the steps of a run. A point is the mean over the steps since
// the point before it.
type Curve struct {
	Steps    []int     `json:"steps"` // number of steps done
	Loss     []float32 `json:"loss"`
	Accuracy []float32 `json:"accuracy"`      // fraction of 1
	Rate     []float32 `json:"learning_rate"` // of the last step of the point, after the schedule
}

// Mistake is an image that the network classifies incorrectly.
type Mistake struct {
	Pixels      []byte  `json:"pixels"` // by rows, 0 for background and 255 for ink
	Label       string  `json:"label"`
	Predicted   string  `json:"predicted"`
	Probability float64 `json:"probability"` // of Predicted
}

// maxPoints bounds the points of a curve. A curve that reaches it keeps every second point.
const maxPoints = 400

// add adds the mean over some steps.
func (c *Curve) add(step int, loss, accuracy, rate float64) {
	c.Steps, c.Rate = append(c.Steps, step), append(c.Rate, float32(rate))
	c.Loss, c.Accuracy = append(c.Loss, float32(loss)), append(c.Accuracy, float32(accuracy))
}

// halve merges each two points into one.
func (c *Curve) halve() {
	n := len(c.Steps) / 2
	for i := range n {
		a, b := 2*i, 2*i+1
		c.Steps[i], c.Rate[i] = c.Steps[b], c.Rate[b]
		c.Loss[i], c.Accuracy[i] = (c.Loss[a]+c.Loss[b])/2, (c.Accuracy[a]+c.Accuracy[b])/2
	}
	c.Steps, c.Rate, c.Loss, c.Accuracy = c.Steps[:n], c.Rate[:n], c.Loss[:n], c.Accuracy[:n]
}
