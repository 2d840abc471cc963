// Package localranks connects goroutines as the ranks of a training, for tests. Its ranks
// implement the interface Communicator of package train.
package localranks

import (
	"bytes"
	"fmt"
	"sync"
)

// group is what the ranks share.
type group struct {
	mail   [][]chan []byte // by receiver and sender
	failed chan struct{}   // closed by the first Abort
	once   sync.Once
	rank   int // that called it
	err    error
}

// Rank is one of the goroutines that are connected.
type Rank struct {
	group *group
	rank  int
}

// New returns n connected ranks.
func New(n int) []*Rank {
	g := &group{failed: make(chan struct{})}
	var list []*Rank
	for rank := range n {
		list = append(list, &Rank{g, rank})
		var from []chan []byte
		for range n {
			from = append(from, make(chan []byte))
		}
		g.mail = append(g.mail, from)
	}
	return list
}

// Rank returns the number of this rank.
func (r *Rank) Rank() int { return r.rank }

// Size returns the number of ranks.
func (r *Rank) Size() int { return len(r.group.mail) }

// failure returns the error of the rank that called Abort.
func (r *Rank) failure() error { return fmt.Errorf("rank %d: %w", r.group.rank, r.group.err) }

// Send sends a message to another rank and waits until that receives it.
func (r *Rank) Send(to int, message []byte) error {
	select {
	case r.group.mail[to][r.rank] <- bytes.Clone(message):
		return nil
	case <-r.group.failed:
		return r.failure()
	}
}

// Receive receives a message from another rank.
func (r *Rank) Receive(from int, message []byte) error {
	select {
	case m := <-r.group.mail[r.rank][from]:
		if len(m) != len(message) {
			return fmt.Errorf("rank %d sends %d bytes to rank %d, which expects %d", from, len(m), r.rank, len(message))
		}
		copy(message, m)
		return nil
	case <-r.group.failed:
		return r.failure()
	}
}

// Broadcast copies the message of rank root to those of all others.
func (r *Rank) Broadcast(root int, message []byte) error {
	if r.rank != root {
		return r.Receive(root, message)
	}
	for to := range r.Size() {
		if to == root {
			continue
		}
		if err := r.Send(to, message); err != nil {
			return err
		}
	}
	return nil
}

// AllGather copies the message of each rank to all ranks.
func (r *Rank) AllGather(own, all []byte) error {
	for root := range r.Size() {
		part := all[root*len(own) : (root+1)*len(own)]
		if root == r.rank {
			copy(part, own)
		}
		if err := r.Broadcast(root, part); err != nil {
			return err
		}
	}
	return nil
}

// Abort makes all calls of all ranks return an error that names this rank.
func (r *Rank) Abort(err error) {
	r.group.once.Do(func() {
		r.group.rank, r.group.err = r.rank, err
		close(r.group.failed)
	})
}
