package augment

import (
	"encoding/json"
	"flag"
	"io"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	light := Options{Shift: 2, Rotation: 10, Scale: 0.1, Shear: 0.1}
	lightCut := light
	lightCut.Shift, lightCut.Cutout = 1, 8
	for _, test := range []struct {
		text string
		want Options
		form string // result of String
	}{
		{"", Options{}, "none"},
		{"none", Options{}, "none"},
		{"light", light, "shift=2,rotate=10,scale=0.1,shear=0.1"},
		{" light , shift = 1, cutout=8 ", lightCut, "shift=1,rotate=10,scale=0.1,shear=0.1,cutout=8"},
		{"noise=0.02,shift=2", Options{Shift: 2, Noise: 0.02}, "shift=2,noise=0.02"},
		{"elastic=8:4", Options{Elastic: Elastic{8, 4}}, "elastic=8:4"},
		{"elastic=0:4", Options{Elastic: Elastic{0, 4}}, "elastic=0:4"},
		{"shift=0,thickness=5e-1", Options{Thickness: 0.5}, "thickness=0.5"},
		{"shift=2,rotate=10,scale=0.1,shear=0.1,elastic=8:4,thickness=0.5,noise=0.02,cutout=8",
			Options{2, 10, 0.1, 0.1, Elastic{8, 4}, 0.5, 0.02, 8},
			"shift=2,rotate=10,scale=0.1,shear=0.1,elastic=8:4,thickness=0.5,noise=0.02,cutout=8"},
	} {
		got, err := Parse(test.text)
		if err != nil || got != test.want {
			t.Errorf("Parse(%q) = %+v, %v, want %+v", test.text, got, err, test.want)
		}
		if s := got.String(); s != test.form {
			t.Errorf("Parse(%q).String() = %q, want %q", test.text, s, test.form)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"heavy":             `unknown preset "heavy", want one of none, light, strong, or settings key=value with shift, rotate`,
		"rotat=10":          `unknown setting "rotat", want one of shift, rotate, scale, shear, elastic, thickness, noise, cutout`,
		"=3":                `unknown setting ""`,
		"shift=2,light":     `"light", want key=value`,
		"shift=2,":          `"", want key=value`,
		"shift=2,shift=2":   "shift is set twice",
		"shift=two":         `shift of "two", want a number`,
		"shift=":            `shift of "", want a number`,
		"shift=-1":          "shift of -1 pixels, want 0 to 16384",
		"shift=nan":         "shift of NaN pixels",
		"rotate=1e9":        "rotate of 1e+09 degrees, want 0 to 180",
		"elastic=8":         `elastic of "8", want one number for each of elastic alpha:elastic sigma`,
		"elastic=8:4:2":     `elastic of "8:4:2", want one number for each`,
		"elastic=8:0":       "elastic alpha of 8 pixels with sigma 0",
		"shift=1:2":         `shift of "1:2", want one number for each of shift`,
		"cutout=2.5":        "cutout of 2.5 pixels, want a whole number",
		"light,elastic=8:x": `elastic sigma of "x", want a number`,
	} {
		o, err := Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): error %v, want %q", text, err, want)
		}
		if o != (Options{}) {
			t.Errorf("Parse(%q) returns %+v with the error, want zero options", text, o)
		}
	}
}

func TestPresetsAreValid(t *testing.T) {
	for _, name := range presetNames() {
		o, err := Parse(name)
		if err != nil {
			t.Error(err)
		}
		if _, err := New(o, 28, 28); err != nil {
			t.Errorf("preset %s: %v", name, err)
		}
	}
}

func TestText(t *testing.T) {
	var o Options
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.TextVar(&o, "augment", Options{}, "")
	if err := flags.Parse([]string{"-augment", "elastic=8:4"}); err != nil || o.Elastic.Alpha != 8 {
		t.Errorf("flag: %+v, %v", o, err)
	}
	if err := flags.Parse([]string{"-augment", "heavy"}); err == nil || o.Elastic.Alpha != 8 {
		t.Errorf("wrong flag: %+v, %v", o, err)
	}
	text, err := json.Marshal(map[string]Options{"augment": o})
	if err != nil || string(text) != `{"augment":"elastic=8:4"}` {
		t.Errorf("JSON: %s, %v", text, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "light", "strong,cutout=8", "elastic=8:4", "shift=1e-3,noise=.5", "elastic=0:1", "shift=-0", "a=b=c", "shift=0x1p-2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := Parse(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error of several lines: %q", err)
			}
			return
		}
		again, err := Parse(o.String())
		if err != nil || again != o {
			t.Errorf("%q: %+v is written %q and read as %+v, %v", text, o, o, again, err)
		}
	})
}
