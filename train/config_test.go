package train

import (
	"reflect"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/train/data"
	"inkstone/train/data/augment"
	"inkstone/train/schedule"
)

// Every recipe is valid, and is the same after it has been written and read.
func TestConfigRoundTrip(t *testing.T) {
	for _, p := range append(model.Presets(), model.Preset{Name: "of another module"}) {
		want, selection := Recipe(p.Name)
		if err := want.Check(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if err := selection.Check(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		want.Unfreeze, want.FeatureMemoryMiB, want.Optimizer.WeightDecay = Unfreezing{At: 1, Every: 2}, 0, 0
		text, err := want.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		got := Defaults()
		if err := got.UnmarshalText(text); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if got.String() != want.String() || got.Schedule.String() != want.Schedule.String() {
			t.Errorf("%s: wrote\n%s\nread\n%s", p.Name, want, got)
		}
	}
}

// Each exported field of the settings is in the table, but for those that only Go sets.
func TestTableIsWhole(t *testing.T) {
	c := Defaults()
	before := map[string]string{}
	for _, s := range c.Settings() {
		if s.Help == "" || s.Topic == "" || strings.HasSuffix(s.Help, ".") {
			t.Errorf("%s has the topic %q and the help %q", s.Name, s.Topic, s.Help)
		}
		if _, twice := before[s.Name]; twice {
			t.Errorf("%s stands in the table twice", s.Name)
		}
		before[s.Name] = s.Value.String()
	}
	change := map[string]any{
		"Epochs": 7, "Batch": 7, "Schedule": schedule.Schedule{}, "Seed": uint64(7), "Augment": augment.Options{Shift: 1},
		"Finish": Finish{Share: 0.5}, "ClassWeights": ClassWeights{Balanced: true}, "Smoothing": 0.5, "Mixup": 0.5, "Accumulate": 7, "Average": 0.5, "Direct": true,
		"UntilPercent": 7.0, "Patience": 7, "Unfreeze": Unfreezing{At: 7}, "LayerDecay": 0.5, "FeatureMemoryMiB": 7, "Workers": 7, "CheckOps": false,
	}
	onlyGo := map[string]bool{"Optimizer": true, "Solver": true, "Distort": true, "Callbacks": true}
	typ := reflect.TypeOf(c)
	for i := range typ.NumField() {
		name := typ.Field(i).Name
		if onlyGo[name] {
			continue
		}
		c := Defaults()
		v, ok := change[name]
		if !ok {
			t.Errorf("the field %s needs a setting in the table, and a value in this test", name)
			continue
		}
		reflect.ValueOf(&c).Elem().Field(i).Set(reflect.ValueOf(v))
		changed := 0
		for _, s := range c.Settings() {
			if s.Value.String() != before[s.Name] {
				changed++
			}
		}
		if changed != 1 {
			t.Errorf("the field %s changes %d settings, want 1", name, changed)
		}
	}
}

// Files of version 1 keep their meaning of 0.
func TestConfigOfVersion1(t *testing.T) {
	for _, tc := range []struct{ file, want string }{
		{"optimizer = 'adamw'\nlr = 0.0\nweight-decay = 0.0\nmomentum = 0.0\nlayer-decay = 0.0", "adamw (learning rate 0.002, betas 0.9 and 0.999, epsilon 1e-08, weight decay 0.01)"},
		{"optimizer = 'adamw'\nweight-decay = -1.0", "adamw (learning rate 0.002, betas 0.9 and 0.999, epsilon 1e-08)"},
		{"optimizer = 'sgd'\nlr = 0.1\nmomentum = -1.0", "sgd (learning rate 0.1)"},
		{"optimizer = 'sgd'\nlr = 0.1\nmomentum = 0", "sgd (learning rate 0.1, momentum 0.9)"},
		{"lr = 0.0", "adam (learning rate 0.002, betas 0.9 and 0.999, epsilon 1e-08)"},
		{"version = 2\noptimizer = 'sgd'\nmomentum = 0.0", "sgd (learning rate 0.05)"},
	} {
		c := Defaults()
		if err := c.UnmarshalText([]byte(tc.file)); err != nil {
			t.Errorf("%q: %v", tc.file, err)
		}
		if got := c.Optimizer.String(); got != tc.want || c.LayerDecay != 1 {
			t.Errorf("%q: %s and the layer decay %v, want %s and 1", tc.file, got, c.LayerDecay, tc.want)
		}
	}
	c := Defaults()
	before := c.String()
	for file, want := range map[string]string{
		"version = 2\nlr = 0.0": "lr is 0, want above 0",
		"speed = 3":             `unknown key "speed"; the known ones are accumulate`,
		"epochs = 3\nbatch = 0": "batch is 0, want at least 1",
		"epochs = 'three'":      "epochs = three: want a whole number",
		"model = 'cnn'":         `unknown key "model"`,
	} {
		if err := c.UnmarshalText([]byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", file, err, want)
		}
	}
	if c.String() != before {
		t.Error("a refused file has changed the settings")
	}
}

// The recipe of best trains on every image.
func TestRecipeChoosesImages(t *testing.T) {
	if _, s := Recipe("best"); s.Validation != 0 {
		t.Errorf("best sets %d images aside", s.Validation)
	}
	if _, s := Recipe("cnn"); s != data.DefaultSelection() {
		t.Errorf("cnn selects %+v", s)
	}
}

// A head that is kept changes at a tenth of the rate of a new one.
func TestFineTuningRecipe(t *testing.T) {
	kept, fresh := FineTuningRecipe(&model.Transfer{HeadKept: true}), FineTuningRecipe(&model.Transfer{})
	if 10*kept.Optimizer.LearningRate != fresh.Optimizer.LearningRate || kept.Average != 0 || fresh.Average == 0 {
		t.Errorf("with the head kept\n%s\nwith a new head\n%s", kept, fresh)
	}
	if unknown := FineTuningRecipe(nil); unknown.String() != fresh.String() {
		t.Error("without a transfer the recipe is not that of a new head")
	}
	for _, c := range []Config{kept, fresh} {
		if err := c.Check(); err != nil {
			t.Error(err)
		}
	}
}
