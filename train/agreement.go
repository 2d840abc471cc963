package train

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"inkstone/graph/kernelbench"
)

// property is something in which all ranks must agree.
type property struct{ Name, Value string }

// properties returns what the result of the run depends on.
func (t *Trainer) properties() []property {
	list := []property{{"program", programSum()}, {"instruction set", kernelbench.Path()}}
	for _, e := range t.identityEntries() {
		list = append(list, property{e.name, string(e.json())})
	}
	for _, s := range t.cfg.Settings() {
		if !slices.Contains([]string{"workers", "feature-memory", "check-ops"}, s.Name) {
			list = append(list, property{s.Name, s.Value.String()})
		}
	}
	return list
}

// programSum returns the start of a hash of the program's file, "unknown" if that cannot be read.
func programSum() string {
	path, err := os.Executable()
	if err != nil {
		return "unknown"
	}
	f, err := os.Open(path)
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "unknown"
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// compareRanks returns an error if this rank is to train another model, on other data or in
// another way than rank 0.
func (t *Trainer) compareRanks() error {
	r := t.ranks
	if r.size == 1 {
		return nil
	}
	mine := t.properties()
	message, err := json.Marshal(mine)
	if err != nil {
		return err
	}
	var first []property
	if message, err = r.broadcast(message); err == nil {
		err = json.Unmarshal(message, &first)
	}
	if err != nil {
		return err
	}
	for i, p := range mine {
		switch {
		case i >= len(first) || first[i].Name != p.Name:
			return fmt.Errorf("%w: its program knows the setting %q, that of rank 0 does not", ErrRanksDiffer, p.Name)
		case first[i] != p:
			return fmt.Errorf("%w: its %s is %s, that of rank 0 is %s", ErrRanksDiffer, p.Name, p.Value, first[i].Value)
		}
	}
	if len(first) > len(mine) {
		return fmt.Errorf("%w: its program does not know the setting %q, that of rank 0 does", ErrRanksDiffer, first[len(mine)].Name)
	}
	_, err = r.allGather([]byte{1}) // so that no rank goes on if one differs
	return err
}

// followRank0 sets the trainer to the state of that of rank 0, which may have loaded a
// checkpoint.
func (t *Trainer) followRank0() error {
	r := t.ranks
	if r.size == 1 {
		return nil
	}
	var message []byte
	if r.rank == 0 {
		f, err := t.state().encode()
		if err == nil {
			var b bytes.Buffer
			err = f.Write(&b)
			message = b.Bytes()
		}
		if err != nil {
			return err
		}
	}
	message, err := r.broadcast(message)
	if err != nil || r.rank == 0 {
		return err
	}
	return t.decode(message)
}

// context returns a context that ends when agree says so, on all ranks after the same step. A
// run of one rank ends with its own context.
func (r *ranks) context(ctx context.Context) context.Context {
	if r.size > 1 {
		ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	}
	return ctx
}

// Bytes by which ranks agree on how to go on. The largest one decides.
const (
	voteNone byte = iota
	voteInterrupt
	voteStop
)

// agree ends the run on all ranks if the context of one has ended, or if a callback of one has
// returned [ErrStop], and sets the learning rate to that of rank 0, which a callback may have
// changed. err is the error of the callbacks of this rank, and ctx the context that was given to
// Run.
func (t *Trainer) agree(ctx context.Context, err error) error {
	r := t.ranks
	if r.size == 1 || err != nil && !errors.Is(err, ErrStop) {
		return err
	}
	vote := voteNone
	switch {
	case err != nil:
		vote = voteStop
	case ctx.Err() != nil:
		vote = voteInterrupt
	}
	votes, gathering := r.allGather(binary.LittleEndian.AppendUint64([]byte{vote}, math.Float64bits(t.LearningRate())))
	if gathering != nil {
		return gathering
	}
	for _, v := range votes {
		vote = max(vote, v[0])
	}
	if vote == voteInterrupt {
		r.stop()
	}
	if vote == voteStop && err == nil {
		err = ErrStop
	}
	if rate := math.Float64frombits(binary.LittleEndian.Uint64(votes[0][1:])); rate != t.LearningRate() {
		return cmp.Or(err, t.SetLearningRate(rate))
	}
	return err
}

// checkRanks returns an error if the parameters, the memory of the solver or the losses of a
// rank differ from those of rank 0.
func (t *Trainer) checkRanks() error {
	r := t.ranks
	if r.size == 1 {
		return nil
	}
	h := sha256.New()
	for _, p := range t.model.Params.All() {
		h.Write(rawBytes(float32s(p.Value())))
	}
	for _, m := range t.stage.solver.Memory() {
		for _, moment := range m.Moments {
			h.Write(rawBytes(float32s(moment)))
		}
	}
	h.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(t.record.Loss)))
	sums, err := r.allGather(h.Sum(nil))
	if err != nil {
		return err
	}
	for rank, sum := range sums {
		if string(sum) != string(sums[0]) {
			return fmt.Errorf("epoch %d: %w: rank %d has other parameters than rank 0", t.record.Epoch, ErrRanksDiffer, rank)
		}
	}
	return nil
}
