package train

import (
	"context"
	"encoding/binary"
	"math"
	"slices"
	"unsafe"

	"inkstone/graph"
)

// ranks divides the work of a trainer among the processes of a [Communicator]. The result has
// the same bytes for every number of ranks:
//
//   - Each rank computes a part of the micro-batches of an update, and their gradients are
//     added in an order that does not depend on the number of ranks, see [reduction].
//   - Every rank then has the loss, the weight and the statistics of batch normalization of
//     all micro-batches, and uses them in the order of the micro-batches.
//   - Dropout, distortions and mixtures follow from the numbers of the batch and of the image.
//   - Every rank updates its own copy of the parameters, with the same gradient. After each
//     epoch the ranks compare a hash of what they have.
//
// Without a communicator there is one rank, and nothing is sent.
type ranks struct {
	comm       Communicator // nil if size is 1
	rank, size int

	stop     context.CancelFunc // ends the context of Run
	own, all []byte             // messages of gather
}

func newRanks(comm Communicator) *ranks {
	if comm == nil || comm.Size() == 1 {
		return &ranks{size: 1}
	}
	return &ranks{comm: comm, rank: comm.Rank(), size: comm.Size()}
}

// abort reports an error to the other ranks.
func (r *ranks) abort(err error) {
	if r.comm != nil && err != nil {
		r.comm.Abort(err)
	}
}

// allGather returns the message of every rank.
func (r *ranks) allGather(own []byte) ([][]byte, error) {
	all := make([]byte, r.size*len(own))
	if err := r.comm.AllGather(own, all); err != nil {
		return nil, err
	}
	return slices.Collect(slices.Chunk(all, len(own))), nil
}

// broadcast returns the message of rank 0, whose length the others do not know.
func (r *ranks) broadcast(message []byte) ([]byte, error) {
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(message)))
	if err := r.comm.Broadcast(0, length); err != nil {
		return nil, err
	}
	if r.rank > 0 {
		message = make([]byte, binary.LittleEndian.Uint64(length))
	}
	return message, r.comm.Broadcast(0, message)
}

// gather returns the results of the n micro-batches of an update, of which own are those of
// this rank, in order, and moves the running statistics of batch normalization.
func (r *ranks) gather(own []batchResult, n int, s *graph.Training) ([]batchResult, error) {
	if r.size == 1 {
		return own, nil
	}
	r.own = r.own[:0]
	for _, b := range own {
		for _, v := range []float64{float64(b.rows), b.weight, float64(b.correct), b.loss} {
			r.own = binary.LittleEndian.AppendUint64(r.own, math.Float64bits(v))
		}
		r.own = append(r.own, rawBytes(b.statistics)...)
	}
	most := (n + r.size - 1) / r.size
	values := len(s.Statistics(nil))
	size := 4*8 + 4*values
	length := most * size
	r.own = append(r.own, make([]byte, length-len(r.own))...)
	r.all = slices.Grow(r.all[:0], r.size*length)[:r.size*length]
	if err := r.comm.AllGather(r.own, r.all); err != nil {
		return nil, err
	}
	var all []batchResult
	statistics := make([]float32, values)
	for i := range n {
		owner := r.owner(i, n)
		start := owner*length + (i-owner*n/r.size)*size
		record := r.all[start : start+size]
		number := func(i int) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(record[8*i:])) }
		all = append(all, batchResult{rows: int(number(0)), weight: number(1), correct: int(number(2)), loss: number(3)})
		copy(rawBytes(statistics), record[4*8:])
		s.MoveStatistics(statistics)
	}
	return all, nil
}

// scorer returns a scorer of a set whose work the ranks share. It must be called for the whole
// set, from its start.
func (r *ranks) scorer(score scorer, images, batch, classes int) scorer {
	if r.size == 1 {
		return score
	}
	var logits []float32
	return func(start, n int) ([]float32, error) {
		if start == 0 {
			var err error
			if logits, err = r.logits(score, images, batch, classes); err != nil {
				return nil, err
			}
		}
		return logits[start*classes : (start+n)*classes], nil
	}
}

// logits returns the logits of a set (image, class). Each rank computes those of some batches.
func (r *ranks) logits(score scorer, images, batch, classes int) ([]float32, error) {
	batches := (images + batch - 1) / batch
	most := (batches + r.size - 1) / r.size // for a rank
	own := make([]float32, 0, most*batch*classes)
	for i := r.rank * most; i < min((r.rank+1)*most, batches); i++ {
		part, err := score(i*batch, min(batch, images-i*batch))
		if err != nil {
			return nil, err
		}
		own = append(own, part...)
	}
	all := make([]float32, r.size*cap(own))
	return all, r.comm.AllGather(rawBytes(own[:cap(own)]), rawBytes(all))
}

// rawBytes returns the memory of numbers as bytes. Messages between ranks have the byte order of
// the processor, which all ranks share.
func rawBytes(v []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
}

// Rank0First calls f on rank 0, and when that has ended without an error, on the others. If comm
// is nil, there is one rank.
func Rank0First(comm Communicator, f func() error) error {
	ready := []byte{1}
	if comm != nil && comm.Rank() > 0 {
		if err := comm.Broadcast(0, ready); err != nil {
			return err
		}
	}
	err := f()
	if err == nil && comm != nil && comm.Rank() == 0 {
		err = comm.Broadcast(0, ready)
	}
	return err
}
