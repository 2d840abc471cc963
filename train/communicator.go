package train

// Communicator connects the processes that train one model together, the ranks, see
// [Config.Ranks]. All ranks make the same calls in the same order, except that a Send on one
// rank stands for a Receive on another. A call returns when its data may be used again. If a
// rank fails or does not answer, calls return an error that names it. Package mpi implements
// Communicator.
type Communicator interface {
	Rank() int // of this process, from 0 to Size-1
	Size() int // number of ranks
	// Send sends a message to another rank.
	Send(to int, message []byte) error
	// Receive receives a message of the length of the slice from another rank.
	Receive(from int, message []byte) error
	// Broadcast copies the message of rank root to the slices, of the same length, of all
	// others.
	Broadcast(root int, message []byte) error
	// AllGather copies the slice own of each rank to all[rank*len(own):] on all of them. All
	// ranks pass the same lengths.
	AllGather(own, all []byte) error
	// Abort says that this rank has failed. All calls of the other ranks then return an error
	// with the text of err. It returns at once.
	Abort(err error)
}
