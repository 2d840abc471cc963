package train_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"runtime"
	"testing"

	"inkstone/graph/kernelbench"
	"inkstone/graph/solver"
	"inkstone/model"
	"inkstone/train"
	"inkstone/train/data"
	"inkstone/train/data/augment"
	"inkstone/train/data/digits"
	"inkstone/train/schedule"
)

// presetBytes holds the first 16 hexadecimal digits of the SHA-256 of the parameters after each
// training of TestBytes. If one of them changes, the results of all users change, so the commit
// must give the reason.
var presetBytes = map[string]string{
	"best":                        "90bb605f59e40543",
	"cnn":                         "b64dcf26869116b0",
	"fast":                        "c1b622cfcf160a20",
	"lenet5":                      "bfb55be381699668",
	"resnet":                      "e67584eda566098a",
	"tiny":                        "3c0a0a36f507b064",
	"tiny, direct, sgd":           "f1bc421b6e719968",
	"tiny, accumulate 2":          "d414361aba35465f",
	"tiny, accumulate 5":          "1ad5db8c12ea6712",
	"fast, frozen, kept features": "44f6317e4e5a1024",
	"lenet5, frozen, unfreezing":  "d0cf167e66a105fb",
}

// The same seed gives bit-identical parameters in all versions, with the portable kernels on
// amd64. Other processors round exponentials differently.
func TestBytes(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skipf("the stored hashes are for amd64, this is %s", runtime.GOARCH)
	}
	path := kernelbench.Path()
	if err := kernelbench.SetPath("portable"); err != nil {
		t.Fatal(err)
	}
	defer kernelbench.SetPath(path)
	pixels, labels := digits.Generate(1, 40)
	set, err := data.New("digits", "", 28, 28, model.Digits(), pixels, labels)
	if err != nil {
		t.Fatal(err)
	}
	course, err := schedule.Parse("onecycle:warmup=0.25")
	if err != nil {
		t.Fatal(err)
	}
	// The settings have a constant learning rate unless edit changes it.
	settings := func(optimizer string, edit func(c *train.Config)) train.Config {
		c := train.Defaults()
		if c.Optimizer, err = solver.Defaults(optimizer); err != nil {
			t.Fatal(err)
		}
		c.Epochs, c.Batch, c.Seed, c.Schedule = 3, 16, 5, schedule.Schedule{}
		edit(&c)
		return c
	}
	all := settings("adamw", func(c *train.Config) {
		c.Epochs, c.Schedule = 2, course
		c.Optimizer.LearningRate, c.Optimizer.WeightDecay, c.Optimizer.ClipNorm = 0.003, 0.05, 1
		c.Augment = augment.Options{Shift: 2, Rotation: 12, Scale: 0.15, Shear: 0.2, Elastic: augment.Elastic{Alpha: 28, Sigma: 4}, Thickness: 0.5}
		c.Finish = train.Finish{Share: 0.5, Augment: augment.Options{Shift: 1}}
		c.Smoothing, c.Mixup, c.Average = 0.05, 0.2, 0.9
	})
	for _, tc := range []struct {
		name, preset string
		frozen       bool
		cfg          train.Config
	}{
		{"best", "best", false, all},
		{"cnn", "cnn", false, all},
		{"fast", "fast", false, all},
		{"lenet5", "lenet5", false, all},
		{"resnet", "resnet", false, all},
		{"tiny", "tiny", false, all},
		{"tiny, direct, sgd", "tiny", false, settings("sgd", func(c *train.Config) { c.Epochs, c.Direct, c.Optimizer.Nesterov = 2, true, true })},
		{"tiny, accumulate 2", "tiny", false, settings("adam", func(c *train.Config) { c.Epochs, c.Batch, c.Accumulate, c.Optimizer.LearningRate = 2, 7, 2, 0.01 })},
		{"tiny, accumulate 5", "tiny", false, settings("adam", func(c *train.Config) { c.Epochs, c.Batch, c.Accumulate, c.Optimizer.LearningRate = 2, 7, 5, 0.01 })},
		{"fast, frozen, kept features", "fast", true, settings("adam", func(c *train.Config) { c.Schedule = course })},
		{"lenet5, frozen, unfreezing", "lenet5", true, settings("lion", func(c *train.Config) { c.LayerDecay, c.Unfreeze = 0.5, train.Unfreezing{At: 2, Every: 1} })},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, err := model.New(model.Spec{Preset: tc.preset, Seed: 5})
			if err != nil {
				t.Fatal(err)
			}
			if tc.frozen {
				if err := m.Freeze(); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := train.Fit(t.Context(), m, set, nil, tc.cfg); err != nil {
				t.Fatal(err)
			}
			if got := hashOf(m); got != presetBytes[tc.name] {
				t.Errorf("the parameters have the hash %q, want %q", got, presetBytes[tc.name])
			}
		})
	}
}

// hashOf returns the first 16 hexadecimal digits of the SHA-256 of the names and the portable
// values of the parameters.
func hashOf(m *model.Model) string {
	h := sha256.New()
	for _, p := range m.Params.All() {
		h.Write([]byte(p.Name()))
		for _, v := range p.Portable() {
			h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
