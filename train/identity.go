package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"inkstone/train/data"
	"inkstone/train/schedule"
)

// identity is what a checkpoint and the run that resumes it must agree in, so that the run
// ends as if it had never stopped: the model, the data, and those settings of [Config]
// that have an identity. It is a JSON object, by [identityEntry].key.
type identity map[string]json.RawMessage

// identityEntry is a value of an identity.
type identityEntry struct {
	key    string
	value  any
	name   string // for errors
	absent string // text of the value that is left out; "" if none is
}

// leftOut reports whether the entry is left out of a checkpoint.
func (e identityEntry) leftOut() bool { return fmt.Sprint(e.value) == e.absent }

// json returns the value as JSON.
func (e identityEntry) json() json.RawMessage {
	text, err := json.Marshal(e.value)
	if err != nil {
		panic(fmt.Sprintf("train: identity %s: %v", e.key, err)) // a mistake in this program: values are texts and finite numbers
	}
	return text
}

// identityEntries returns the entries of the run's identity.
func (t *Trainer) identityEntries() []identityEntry {
	entries := []identityEntry{
		{"preset", t.model.Preset, "model", ""},
		{"classes", t.model.Classes, "classes", ""},
		{"training", t.fingerprint(&t.prints[0], t.training), "training set", ""},
		{"validation", t.fingerprint(&t.prints[1], t.validation), "validation set", ""},
		{"test", t.fingerprint(&t.prints[2], t.cfg.Test), "test set", noSet},
		{"mean", t.model.Mean, "pixel mean", ""},
		{"std", t.model.Std, "pixel deviation", ""},
		{"frozen", t.frozen, "frozen part", "[]"},
		{"teacher", t.teacher.fingerprint(), "teacher", noTeacher},
	}
	for _, s := range t.cfg.Settings() {
		e := identityEntry{s.Identity, s.Value.Get(), s.Name, s.Absent}
		switch s.Identity {
		case "":
			continue
		case "batch":
			e.value = t.inputs.batches.size // that of a smaller set is the set's size
		case "optimizer":
			e.value = t.rate.title // with all of its settings
		case "unfreeze":
			e.value, e.absent = t.cfg.Unfreeze.String(), "never"
		}
		entries = append(entries, e)
	}
	return entries
}

// identity returns the identity of the run.
func (t *Trainer) identity() identity {
	id := identity{}
	for _, e := range t.identityEntries() {
		if !e.leftOut() {
			id[e.key] = e.json()
		}
	}
	return id
}

// checkIdentity returns [ErrOtherRun] with the first value in which a checkpoint belongs
// to another run.
func (t *Trainer) checkIdentity(of identity) error {
	known := map[string]bool{}
	for _, e := range t.identityEntries() {
		known[e.key] = true
		mine := e.json()
		theirs, written := of[e.key]
		switch {
		case !written && e.leftOut() || written && bytes.Equal(mine, theirs):
		case e.key == "test" && (!written || e.leftOut()):
			// a checkpoint from before it noted the test set, or a program that does not name it
		case written && slices.Contains([]string{"training", "validation", "test"}, e.key) && bytes.Equal(content(mine), content(theirs)):
			// the same images from a folder with another name
		case written:
			return fmt.Errorf("%w: its %s is %s, this run's is %s", ErrOtherRun, e.name, theirs, mine)
		case e.absent == "" || e.absent == "[]":
			return fmt.Errorf("%w: it has no %s, this run's is %s", ErrOtherRun, e.name, mine)
		default:
			return fmt.Errorf("%w: its %s is %s, this run's is %s", ErrOtherRun, e.name, e.absent, mine)
		}
	}
	for key, value := range of {
		if !known[key] {
			return fmt.Errorf("%w: its %s is %s, which this version of Inkstone does not know", ErrOtherRun, key, value)
		}
	}
	return nil
}

// noSet is the fingerprint of a set that is absent.
const noSet = "none"

// content returns the fingerprint of a set, as JSON, without the name of the set: the number
// of images and the hash.
func content(fingerprint json.RawMessage) []byte {
	hash := bytes.LastIndex(fingerprint, []byte(", "))
	return fingerprint[max(0, bytes.LastIndex(fingerprint[:max(0, hash)], []byte(", "))):]
}

// fromVersion1 changes the identity of a checkpoint of version 1 to that of today.
func (id identity) fromVersion1() error {
	value, ok := id["schedule"]
	if !ok {
		return nil
	}
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return &kindError{ErrDamagedCheckpoint, fmt.Errorf("its schedule is %s, want a text", value)}
	}
	id["schedule"] = identityEntry{value: schedule.FromVersion2(text)}.json()
	return nil
}

// fingerprint returns the name, the size and a hash of the content of a set. It computes
// them once.
func (t *Trainer) fingerprint(once *string, s *data.Set) string {
	if s == nil {
		return noSet
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
