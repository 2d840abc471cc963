package main

import (
	"context"
	"errors"
	"runtime"
	"slices"

	"inkstone/cmd/bench/peers"
	"inkstone/cmd/internal/cli"
	"inkstone/train/data"
)

// peerRounds is how often Inkstone and its peers take turns with a network.
const peerRounds = 2

// peerReport holds the results of -peers.
type peerReport struct {
	Peers       []*peers.Peer `json:"peers"`
	Comparisons []comparison  `json:"comparisons"`
}

// comparison holds the results of one network with one number of threads.
type comparison struct {
	Model   string      `json:"model"`
	Threads int         `json:"threads"`
	Rounds  []peerRound `json:"rounds"`
}

// peerRound holds the results of processes that ran one after the other.
type peerRound struct {
	Inkstone network                   `json:"inkstone"`
	Peers    map[string]*peers.Figures `json:"peers"` // by the name of the peer; without those that are missing
}

// measurePeers measures each network in turn with the peers, with one thread and with the
// threads of the settings. Afterwards r.Networks holds the last results with all threads.
func (r *report) measurePeers(ctx context.Context, s *settings, set *data.Set, bar *cli.Bar) (err error) {
	folder, err := peers.Open(ctx, peers.Options{Python: s.python, Modules: s.modules}, set)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	defer runtime.GOMAXPROCS(s.threads)
	r.Peers = &peerReport{Peers: folder.Peers}
	threads := slices.Compact([]int{1, s.threads})
	for _, name := range s.models() {
		comparisons := make([]comparison, len(threads))
		for i, n := range threads {
			comparisons[i] = comparison{Model: name, Threads: n}
		}
		for round := range peerRounds {
			for i := range comparisons {
				c := &comparisons[i]
				bar.Add(0, "%s, round %d of %d, threads: %d", name, round+1, peerRounds, c.Threads)
				result, err := r.measureRound(ctx, s, c, set)
				if err != nil {
					return networkError(name, err)
				}
				c.Rounds = append(c.Rounds, *result)
			}
		}
		bar.Add(1, "%s", name)
		r.Peers.Comparisons = append(r.Peers.Comparisons, comparisons...)
		last := comparisons[len(comparisons)-1].Rounds[peerRounds-1]
		r.addNetwork(s, last.Inkstone)
	}
	return nil
}

// measureRound measures a network in Inkstone, then in each peer that is there.
func (r *report) measureRound(ctx context.Context, s *settings, c *comparison, set *data.Set) (*peerRound, error) {
	one := *s
	one.threads = c.Threads
	runtime.GOMAXPROCS(c.Threads)
	n, err := measureNetwork(ctx, &one, c.Model, set)
	if err != nil {
		return nil, err
	}
	result := &peerRound{Inkstone: *n, Peers: map[string]*peers.Figures{}}
	for _, p := range r.Peers.Peers {
		if p.Missing != "" {
			continue
		}
		figures, err := p.Measure(ctx, peers.Job{
			Model: c.Model, Parameters: n.Parameters, Threads: c.Threads, Batch: s.batch, ForwardBatch: forwardBatch, Seconds: s.seconds,
		})
		if err != nil {
			return nil, err
		}
		result.Peers[p.Name] = figures
	}
	return result, nil
}

// quantity is a figure that Inkstone and its peers have. Its speed is what is compared: more is
// better.
type quantity struct {
	name     string
	inkstone func(*network) float64
	peer     func(*peers.Figures) float64
	format   func(speed float64) string
}

// quantities returns the figures that are compared: training, a large forward pass, and one image.
func quantities() []quantity {
	return []quantity{
		{
			"Training, images/s",
			func(n *network) float64 { return n.TrainImagesPerSecond },
			func(f *peers.Figures) float64 { return f.TrainImagesPerSecond }, number,
		},
		{
			"Forward in batches of 256, images/s",
			func(n *network) float64 { return n.ForwardImagesPerSecond },
			func(f *peers.Figures) float64 { return f.ForwardImagesPerSecond }, number,
		},
		{
			"One image, time",
			func(n *network) float64 { return 1 / n.ForwardOneSeconds },
			func(f *peers.Figures) float64 { return 1 / f.ForwardOneSeconds },
			func(speed float64) string { return duration(1 / speed) },
		},
	}
}

// speeds returns the speeds of Inkstone in the rounds of a comparison.
func (q *quantity) speeds(c *comparison) []float64 {
	var v []float64
	for i := range c.Rounds {
		v = append(v, q.inkstone(&c.Rounds[i].Inkstone))
	}
	return v
}

// peerSpeeds returns the speeds of a peer in the rounds of a comparison, or nil if the peer is
// missing or does not have the figure.
func (q *quantity) peerSpeeds(c *comparison, name string) []float64 {
	var v []float64
	for _, r := range c.Rounds {
		if f := r.Peers[name]; f != nil && q.peer(f) > 0 {
			v = append(v, q.peer(f))
		}
	}
	return v
}

// ratios returns the quotients of two lists of speeds, or nil if their lengths differ.
func ratios(a, b []float64) []float64 {
	if len(a) != len(b) {
		return nil
	}
	var v []float64
	for i := range a {
		v = append(v, a[i]/b[i])
	}
	return v
}
