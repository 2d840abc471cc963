package train

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"inkstone/model"
)

// String describes the training in two lines: its length, and how the parameters are
// updated.
func (t *Trainer) String() string {
	cfg := &t.cfg
	workers := cfg.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s of batches of %d", plural(cfg.Epochs, "epoch"), t.inputs.batches.size)
	if cfg.Accumulate > 1 {
		fmt.Fprintf(&b, ", %d in an update", cfg.Accumulate)
	}
	fmt.Fprintf(&b, ", seed %d, %s\n%s, %s", cfg.Seed, plural(workers, "worker"), t.rate.title, cfg.Schedule)
	// What else the parameters depend on, where it is not the same in every run.
	printed := []string{"batch", "optimizer", "schedule", "accumulate", "seed", "unfreeze"}
	plain := Defaults()
	for i, s := range cfg.Settings() {
		if text := s.Value.String(); s.Identity != "" && !slices.Contains(printed, s.Identity) && text != plain.Settings()[i].Value.String() {
			fmt.Fprintf(&b, ", %s %s", s.Name, text)
		}
	}
	return b.String()
}

// Ending says in words why the run ended.
func (h *History) Ending() string {
	after := "after " + plural(len(h.Epochs), "epoch")
	switch h.Ended {
	case EndedEpochs:
		return after + ": all epochs are done"
	case EndedPatience:
		return after + ": the validation set shows no improvement any more (patience)"
	case EndedUntil:
		return after + ": the validation accuracy is reached (until)"
	case EndedInterrupted:
		return after + ": interrupted"
	case EndedStop:
		return after + ": stopped by a callback"
	}
	return after
}

// DescribeStart returns lines, indented as the rest of a command's header, that say what a model
// started from and which of its parameters train. transfer is what the file at path gave, nil
// for none.
func DescribeStart(m *model.Model, path string, transfer *model.Transfer) string {
	text := ""
	if transfer != nil {
		text = fmt.Sprintf("from   %s\n", path)
		for line := range strings.Lines(transfer.String()) {
			text += "       " + line
		}
		text += describeNew(m, transfer.New)
	}
	if f := m.Freezing(); f.Frozen > 0 {
		text += f.String()
	}
	return text
}

// describeNew returns lines that say which of the parameters with initial values train although
// they belong to the convolutional part, and which are frozen; "" for neither.
func describeNew(m *model.Model, names []string) string {
	convolutional, err := m.Convolutional()
	if err != nil {
		return "" // there is none
	}
	var trained, frozen []string
	for _, name := range names {
		switch {
		case m.Params.Get(name).Frozen():
			frozen = append(frozen, name)
		case slices.Contains(convolutional, name):
			trained = append(trained, name)
		}
	}
	text := ""
	if trained != nil {
		text += fmt.Sprintf("       these new parameters of the convolutional part train: %s\n", list(trained))
	}
	if frozen != nil {
		text += fmt.Sprintf("NOTE: -freeze keeps new parameters at their random values: %s\n", list(frozen))
	}
	return text
}
