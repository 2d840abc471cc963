package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"inkstone/train/data"
)

// identity lists what a checkpoint and the run that resumes it must agree in, so that the
// run ends as if it had never stopped: the model, the data, and those settings of [Config]
// that have an identity. It is a JSON object in a checkpoint.
type identity []identityEntry

type identityEntry struct {
	key    string
	value  any    // as JSON holds it
	name   string // for errors
	absent string // text of the value that is left out; "" if none is
}

// identity returns the identity of the run.
func (t *Trainer) identity() identity {
	id := identity{
		{"preset", t.model.Preset, "model", ""},
		{"classes", t.model.Classes, "classes", ""},
		{"training", t.fingerprint(&t.prints[0], t.training), "training set", ""},
		{"validation", t.fingerprint(&t.prints[1], t.validation), "validation set", ""},
		{"mean", t.model.Mean, "pixel mean", ""},
		{"std", t.model.Std, "pixel deviation", ""},
		{"frozen", t.frozen, "frozen part", "[]"},
	}
	for _, s := range t.cfg.Settings() {
		e := identityEntry{s.Identity, s.Value.Get(), s.Name, s.Absent}
		switch s.Identity {
		case "":
			continue
		case "batch":
			e.value = t.batches.size // of a set that is smaller than the batch of the settings
		case "optimizer":
			e.value = t.title // with all of its settings
		case "unfreeze":
			e.value, e.absent = t.cfg.Unfreeze.String(), "never"
		}
		id = append(id, e)
	}
	return id
}

// left reports whether the entry is left out of a checkpoint.
func (e identityEntry) left() bool { return fmt.Sprint(e.value) == e.absent }

// MarshalJSON writes the entries as an object, in their order.
func (id identity) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for _, e := range id {
		if e.left() {
			continue
		}
		value, err := json.Marshal(e.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, ",%q:%s", e.key, value)
	}
	return []byte("{" + strings.TrimPrefix(b.String(), ",") + "}"), nil
}

// check returns an error about the first entry in which a checkpoint, whose identity is
// the JSON object other, is of another run.
func (id identity) check(other map[string]json.RawMessage) error {
	known := map[string]bool{}
	for _, e := range id {
		known[e.key] = true
		mine, err := json.Marshal(e.value)
		if err != nil {
			return err
		}
		theirs, written := other[e.key]
		switch {
		case !written && e.left() || written && bytes.Equal(mine, theirs):
		case !written:
			return otherRun("its %s is %s, this run's is %s", e.name, orNone(e.absent), mine)
		default:
			return otherRun("its %s is %s, this run's is %s", e.name, theirs, mine)
		}
	}
	for key, value := range other {
		if !known[key] {
			return otherRun("its %s is %s, which this version of Inkstone does not know", key, value)
		}
	}
	return nil
}

func otherRun(format string, args ...any) error {
	return fmt.Errorf("it belongs to another run: "+format, args...)
}

func orNone(text string) string {
	if text == "" || text == "[]" {
		return "none"
	}
	return text
}

// fingerprint names a set and its content, computed once.
func (t *Trainer) fingerprint(once *string, s *data.Set) string {
	if s == nil {
		return "none"
	}
	if *once == "" {
		h := sha256.New()
		for i := range s.Len() {
			h.Write(s.Pixels(i))
			h.Write([]byte{byte(s.Label(i))})
		}
		*once = fmt.Sprintf("%s, %d images, %x", s.Name(), s.Len(), h.Sum(nil)[:8])
	}
	return *once
}
