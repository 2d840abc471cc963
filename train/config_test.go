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

// Every recipe is valid and does not change when it is written and read.
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

// The table has every exported field of Config except those that only Go programs can set.
func TestTableIsWhole(t *testing.T) {
	c := Defaults()
	before := map[string]string{}
	for _, s := range c.Settings() {
		if s.Help == "" || s.Topic == "" || strings.HasSuffix(s.Help, ".") {
			t.Errorf("%s has the topic %q and the help %q", s.Name, s.Topic, s.Help)
		}
		if _, twice := before[s.Name]; twice {
			t.Errorf("the table has %s twice", s.Name)
		}
		before[s.Name] = s.Value.String()
	}
	change := map[string]any{
		"Epochs": 7, "Batch": 7, "Schedule": schedule.Schedule{}, "Seed": uint64(7), "Augment": augment.Options{Shift: 1},
		"Finish": Finish{Share: 0.5}, "ClassWeights": ClassWeights{Balanced: true}, "Smoothing": 0.5, "Mixup": 0.5, "Accumulate": 7, "Teacher": "file", "TeacherWeight": 0.25, "Temperature": 7.0, "Average": 0.5, "Direct": true,
		"UntilPercent": 7.0, "Patience": 7, "Unfreeze": Unfreezing{At: 7}, "LayerDecay": 0.5, "FeatureMemoryMiB": 7, "Workers": 7, "CheckOps": false,
	}
	onlyGo := map[string]bool{"Optimizer": true, "Solver": true, "Distort": true, "Callbacks": true, "Test": true, "Ranks": true}
	typ := reflect.TypeOf(c)
	for i := range typ.NumField() {
		name := typ.Field(i).Name
		if onlyGo[name] {
			continue
		}
		c := Defaults()
		v, ok := change[name]
		if !ok {
			t.Errorf("the field %s has no value in this test, want one, and a setting in the table", name)
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

// In files of version 1 the value 0 means the default.
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
		t.Error("a file with an error changed the settings")
	}
}

// The plateau of an older configuration file waits as long as it did.
func TestPlateauOfOldConfig(t *testing.T) {
	for file, want := range map[string]string{
		"schedule = 'plateau:factor=0.3,patience=1'":                "plateau:factor=0.3,patience=2",
		"version = 2\nschedule = 'plateau:factor=0.3,patience=1'":   "plateau:factor=0.3,patience=2",
		"version = 3\nschedule = 'plateau:factor=0.3,patience=1'":   "plateau:factor=0.3,patience=1",
		"version = 2\nschedule = 'step:factor=0.1,stages=2'":        "step:factor=0.1,stages=2",
		"version = 2\nschedule = 'plateau:factor=0.25,patience=-1'": "",
	} {
		c := Defaults()
		err := c.UnmarshalText([]byte(file))
		if got := c.Schedule.String(); (err != nil) != (want == "") || err == nil && got != want {
			t.Errorf("%q: schedule %s, %v, want %q", file, got, err, want)
		}
	}
}

// The recipe of best has no validation set.
func TestRecipeSelection(t *testing.T) {
	if _, s := Recipe("best"); s.Validation != 0 {
		t.Errorf("best has %d validation images, want 0", s.Validation)
	}
	if _, s := Recipe("cnn"); s != data.DefaultSelection() {
		t.Errorf("the selection of cnn is %+v, want the default", s)
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
