package train

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"inkstone/model"
	"inkstone/model/safetensors"
	"inkstone/train/data"
)

// A Finish that ParseFinish accepts prints itself in a form that it reads.
func FuzzParseFinish(f *testing.F) {
	for _, text := range []string{"0.2:light", "1:none", "none", "1e-300:shift=2,elastic=8:4", "nan:light", "0x1p-2:strong"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		finish, err := ParseFinish(text)
		if err != nil {
			return
		}
		again, err := ParseFinish(finish.String())
		if err != nil || finish.String() != again.String() {
			t.Fatalf("%q is printed as %q, which is read as %v, %v", text, finish, again, err)
		}
		for _, run := range []int{0, 1, 7, maxCount} {
			if n := finish.Epochs(run); n < 0 || n > run {
				t.Fatalf("%q has %d of %d epochs", text, n, run)
			}
		}
	})
}

// A checkpoint with any position and memory under a right checksum is refused or can be resumed.
func FuzzCheckpoint(f *testing.F) {
	pixels, labels := make([]byte, 12*28*28), make([]byte, 12)
	for i := range pixels {
		pixels[i] = byte(i * 7)
	}
	for i := range labels {
		labels[i] = byte(i % 2)
	}
	set, err := data.New("d", "s", 28, 28, []string{"a", "b"}, pixels, labels)
	if err != nil {
		f.Fatal(err)
	}
	newTrainer := func(tb testing.TB) *Trainer {
		m, err := model.New(model.Spec{Preset: "tiny", Seed: 1, Classes: set.Classes()})
		if err != nil {
			tb.Fatal(err)
		}
		cfg := Defaults()
		cfg.Batch, cfg.Workers = 6, 1
		t, err := New(m, set, set, cfg)
		if err != nil {
			tb.Fatal(err)
		}
		return t
	}
	trainer := newTrainer(f)
	defer trainer.Close()
	if _, err := trainer.Run(context.Background()); err != nil {
		f.Fatal(err)
	}
	file, err := trainer.state().encode()
	if err != nil {
		f.Fatal(err)
	}
	position, memory := file.Metadata[ckptPosition], file.Metadata[ckptMemory]
	f.Add(position, memory)
	last := trainer.record.position
	last.Epoch, last.Step = 2, 1
	text, err := json.Marshal(last)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text), memory)
	f.Add(`{"epoch":2,"step":1,"steps":3,"history":[{"epoch":1}]}`, `[]`)
	f.Fuzz(func(t *testing.T, position, memory string) {
		changed := safetensors.File{Metadata: map[string]string{}, Tensors: file.Tensors}
		for key, value := range file.Metadata {
			changed.Metadata[key] = value
		}
		changed.Metadata[ckptPosition], changed.Metadata[ckptMemory] = position, memory
		changed.Metadata[ckptSum] = checksum(&changed)
		var out bytes.Buffer
		if err := changed.Write(&out); err != nil {
			return
		}
		resumed := newTrainer(t)
		defer resumed.Close()
		if err := resumed.decode(out.Bytes()); err != nil {
			return
		}
		resumed.History()
		resumed.Run(context.Background())
	})
}
