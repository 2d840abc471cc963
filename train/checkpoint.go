package train

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"inkstone/graph/solver"
	"inkstone/internal/atomicfile"
	"inkstone/internal/pattern"
	"inkstone/model/safetensors"
)

// state is everything that the rest of a run follows from, besides its settings and data.
// A checkpoint is a state in a file: [Trainer.SaveCheckpoint] takes the state of a trainer
// and encodes it, [Trainer.LoadCheckpoint] decodes it and sets the trainer to it. This is
// the complete list; the third column is its place in the file, see checkpointfile.go.
//
//	identity   model, data and settings that must be the same, see identity.go  metadata "identity"
//	position   epoch, step, sums over the epoch, history, what is frozen,       metadata "position"
//	           changes of the learning rate
//	params     the parameters, with the statistics of batch normalization       tensors "param/NAME"
//	best       those of the best epoch, once an epoch is finished               tensors "best/NAME"
//	average    their moving average, with Config.Average, after the first step  tensors "average/NAME"
//	memory     the solver's: steps and moments by parameter                     metadata "memory", tensors "moment1/NAME", ...
//
// Nothing else needs to be saved. The order of the images follows from the seed and the
// epoch; distortions and mixtures from the seed, the image and the epoch; dropout from the
// seed and the step; the learning rate from the step, the history and the changes in the position. A checkpoint lies
// between two updates, so there are no half-summed gradients.
type state struct {
	identity              identity
	position              position
	params, best, average snapshot
	memory                []solver.Memory
}

// SaveCheckpoint writes a checkpoint to a file, whole or not at all. It may be called
// before and after [Trainer.Run] and from a callback. If a parameter is not finite it
// returns [ErrDiverged] and leaves the file as it is.
func (t *Trainer) SaveCheckpoint(path string) error {
	if err := t.checkFinite(); err != nil {
		return err
	}
	f, err := t.state().encode()
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return atomicfile.Write(path, f.Write)
}

// LoadCheckpoint sets the trainer to the state of the trainer that wrote the checkpoint.
// The rest of the run, and the model that it ends with, is then the same, byte for byte, as
// if that trainer had gone on, on the same instruction set. Model, data and the settings
// with an Identity in [Config.Settings] must be the same; otherwise the error is
// [ErrOtherRun]. [Config.Distort] must be the same too, but is not compared. With another
// number of epochs the learning rate and the finish follow the new number from there on, so
// it is not the run that had this number from its start. If the content is not what was
// written, the error is [ErrDamagedCheckpoint]. On an error the trainer is unchanged.
func (t *Trainer) LoadCheckpoint(path string) error {
	if err := t.phaseError(); err != nil {
		return err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("checkpoint %w", err)
	}
	if err := t.decode(content); err != nil {
		return fmt.Errorf("checkpoint %s: %w", path, err)
	}
	return nil
}

// decode sets the trainer to the state that the content of a checkpoint file holds.
func (t *Trainer) decode(content []byte) error {
	f, err := safetensors.Parse(content)
	if err != nil {
		return &kindError{ErrDamagedCheckpoint, err}
	}
	s, list, err := decodeMetadata(f)
	if err != nil {
		return err
	}
	if err := t.checkIdentity(s.identity); err != nil {
		return err
	}
	if err := t.checkPosition(&s.position); err != nil {
		return err
	}
	if err := s.decodeTensors(f, list, t.model.Params, t.record.average != nil); err != nil {
		return &kindError{ErrOtherRun, err}
	}
	return t.setState(s)
}

// state returns the state of the trainer. It shares memory with the trainer.
func (t *Trainer) state() *state {
	s := &state{
		identity: t.identity(), position: t.record.position,
		params: sharedSnapshot(t.model.Params), best: t.record.best, memory: t.stage.solver.Memory(),
	}
	s.position.Frozen = t.model.Params.Frozen()
	if t.record.average != nil {
		s.average = t.record.average.values
	}
	return s
}

// setState sets the trainer to a state, which [Trainer.decode] has checked.
func (t *Trainer) setState(s *state) error {
	note := ""
	if s.position.Sums == "" && t.cfg.Accumulate > 2 {
		note = fmt.Sprintf("the checkpoint is of an earlier version, which added gradients in another order: from here on the sums of %d gradients differ from that version's in their last bits", t.cfg.Accumulate)
	}
	s.position.Sums = t.record.Sums
	if err := t.stage.solver.SetMemory(s.memory); err != nil {
		return err
	}
	frozen := s.position.Frozen
	if !slices.Equal(frozen, t.model.Params.Frozen()) {
		if err := errors.Join(t.model.Params.Unfreeze("*"), t.model.Params.Freeze(pattern.Quote(frozen...)...)); err != nil {
			return err
		}
		t.stage.stale = true
	}
	if len(frozen) > 0 && s.position.Epoch != t.stage.Epoch {
		t.stage.stale = true // whether features are kept depends on the epoch
	}
	s.params.restore()
	if t.record.average != nil {
		t.record.average.values = s.average
	}
	t.record.position, t.record.best, t.record.note = s.position, s.best, note
	return nil
}

// checkPosition refuses a position that the run cannot have, or that this program does not
// understand.
func (t *Trainer) checkPosition(p *position) error {
	if p.Epoch < 1 || p.Step < 0 || p.Step > t.stepsPerEpoch || p.Best < 0 || p.Best >= max(1, len(p.History)) {
		return &kindError{ErrDamagedCheckpoint, fmt.Errorf("its position is impossible: epoch %d, step %d of %d, best epoch %d of %d",
			p.Epoch, p.Step, t.stepsPerEpoch, p.Best+1, len(p.History))}
	}
	if len(p.History) != p.Epoch-1 || p.Steps != (p.Epoch-1)*t.stepsPerEpoch+p.Step {
		return &kindError{ErrDamagedCheckpoint, fmt.Errorf("its position is impossible: epoch %d, step %d of %d after %d epochs and %d steps",
			p.Epoch, p.Step, t.stepsPerEpoch, len(p.History), p.Steps)}
	}
	for i, e := range p.History {
		if (e.Validation != nil) != (t.validation != nil) || (e.Average != nil) != (t.validation != nil && t.record.average != nil) {
			return &kindError{ErrDamagedCheckpoint, fmt.Errorf("its epoch %d has other scores than this run", i+1)}
		}
	}
	if !p.ratesPossible() {
		return &kindError{ErrDamagedCheckpoint, fmt.Errorf("its changes of the learning rate are impossible: %v", p.Rates)}
	}
	if p.Sums != "" && p.Sums != sumsTree {
		return fmt.Errorf("its sums of gradients are in an order that this program does not know, %q: update Inkstone", p.Sums)
	}
	for _, name := range p.Frozen {
		if t.model.Params.Get(name) == nil {
			return &kindError{ErrOtherRun, fmt.Errorf("its frozen part has the parameter %q, which the model lacks", name)}
		}
	}
	return nil
}

// ResumeNote returns what the user should know about the checkpoint that was loaded last,
// "" for nothing. A checkpoint of an earlier version may go on to other bytes than that
// version would have.
func (t *Trainer) ResumeNote() string { return t.record.note }

// snapshots returns the snapshots of a state in their order in a checkpoint, each with the
// prefix of its tensors and whether a state at that position has it.
func (s *state) snapshots(averaged bool) []namedSnapshot {
	return []namedSnapshot{
		{"param/", &s.params, true},
		{"best/", &s.best, len(s.position.History) > 0},
		{"average/", &s.average, averaged && s.position.Steps > 0},
	}
}

type namedSnapshot struct {
	prefix string
	*snapshot
	present bool
}
