package train

import (
	"inkstone/graph"
)

// record is where a run is and what it has found so far.
type record struct {
	position
	best    snapshot // parameters of the best epoch, empty before the first one ends
	average *average // nil for none
	note    string   // see ResumeNote
}

// position is where a run is: everything that changes from step to step except the
// parameters and the solver's memory. A checkpoint holds it as JSON.
type position struct {
	Epoch        int      `json:"epoch"` // the current one, from 1
	Step         int      `json:"step"`  // steps done in the epoch
	Steps        int      `json:"steps"` // steps done in the run
	Seen         int      `json:"seen"`  // images seen in the epoch
	Correct      int      `json:"right"` // of these, classified correctly
	Loss         float64  `json:"loss"`  // summed over these
	Seconds      float64  `json:"seconds"`
	History      []Epoch  `json:"history"` // the finished epochs
	Best         int      `json:"best"`    // index in History
	TotalImages  int      `json:"images"`  // seen in the finished epochs
	TotalSeconds float64  `json:"total_seconds"`
	Frozen       []string `json:"frozen,omitempty"` // parameters; set when a checkpoint is written
	Sums         string   `json:"sums,omitempty"`   // order of the sums of gradients: sumsTree, or "" without accumulation

	Rates []rateChange `json:"rates,omitempty"` // changes of the learning rate, by step
}

// addBatch counts a batch of the current epoch.
func (r *record) addBatch(b batchResult) {
	r.Seen += b.rows
	r.Correct += b.correct
	r.Loss += b.loss * float64(b.rows)
}

// addStep counts an update of the parameters.
func (r *record) addStep(params *graph.Params) {
	r.Step++
	r.Steps++
	if r.average != nil {
		r.average.update(params, r.Steps)
	}
}

// trainingLoss returns the mean loss over the current epoch so far.
func (r *record) trainingLoss() float64 { return r.Loss / float64(r.Seen) }

// trainingAccuracy returns the fraction of correct images in the current epoch so far.
func (r *record) trainingAccuracy() float64 { return float64(r.Correct) / float64(r.Seen) }

// recordEpoch adds the current epoch to the history and starts the next one. If the epoch
// is the best so far, it sets e.Best and keeps the parameters, or their average if that is
// better or if there is no validation set.
func (r *record) recordEpoch(e *Epoch, params *graph.Params) {
	e.Best = true
	if e.Validation != nil && len(r.History) > 0 {
		e.Best = e.score().better(r.History[r.Best].score())
	}
	if e.Best {
		r.Best = len(r.History)
		if r.average != nil && (e.Validation == nil || e.score() == e.Average) {
			r.best.copy(&r.average.values)
		} else {
			r.best.take(params)
		}
	}
	r.History = append(r.History, *e)
	r.TotalImages += r.Seen
	r.TotalSeconds += r.Seconds
	r.Epoch, r.Step, r.Seen, r.Correct, r.Loss, r.Seconds = r.Epoch+1, 0, 0, 0, 0, 0
}

// Reasons for the end of a run, see [History].
const (
	EndedEpochs      = "epochs"      // all epochs are done
	EndedPatience    = "patience"    // Config.Patience epochs without an improvement
	EndedUntil       = "until"       // Config.UntilPercent is reached
	EndedStop        = "stop"        // a callback returned ErrStop
	EndedInterrupted = "interrupted" // the context ended the run
)

// ended returns why the run needs no further epoch, "" if it needs one.
func (r *record) ended(cfg *Config) string {
	n := len(r.History)
	switch {
	case n > 0 && cfg.UntilPercent > 0 && r.History[r.Best].score().Accuracy >= cfg.UntilPercent/100:
		return EndedUntil
	case r.Epoch > cfg.Epochs:
		return EndedEpochs
	case cfg.Patience > 0 && n-1-r.Best >= cfg.Patience:
		return EndedPatience
	}
	return ""
}
