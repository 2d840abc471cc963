package model

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"inkstone/graph"
	"inkstone/model/safetensors"
)

func fresh(t testing.TB, preset string) *Model {
	t.Helper()
	m, err := New(Spec{Preset: preset, Seed: 5, Height: 28, Width: 28, Classes: Digits()})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The expected parameter counts are sums over the layers: weights and biases, without
// the running statistics of batch normalization.
func TestParameterCounts(t *testing.T) {
	want := map[string]int{
		"cnn":    (9*32 + 32) + (9*32*64 + 64) + (9216*128 + 128) + (128*10 + 10),
		"fast":   (25*16 + 16) + (25*16*32 + 32) + (512*10 + 10),
		"lenet5": (25*6 + 6) + (25*6*16 + 16) + (400*120 + 120) + (120*84 + 84) + (84*10 + 10),
		"sprint": (25*16 + 16) + 9*16*32 + 2*32 + (800*10 + 10),
		"tiny":   9*8 + 9*8*12 + 9*12*16 + 3*9*16*16 + 2*(8+12+4*16) + 16*10 + 10,
		"best":   9*32 + 9*32*32 + 9*32*64 + 9*64*64 + 9*64*128 + 9*128*128 + 2*2*(32+64+128) + 4*128*10 + 10,
		"resnet": 9*16 + 2*9*16*16 + 9*16*32 + 9*32*32 + 16*32 + 9*32*64 + 9*64*64 + 32*64 +
			2*(16+2*16+3*32+3*64) + 64*10 + 10,
	}
	for name, n := range want {
		if got := fresh(t, name).Params.Count(); got != n {
			t.Errorf("%s has %d parameters, want %d", name, got, n)
		}
	}
	if n := fresh(t, "tiny").Params.Count(); n >= 10000 {
		t.Errorf("tiny has %d parameters, want under 10,000", n)
	}
}

// Every registered network trains and evaluates. The first step has a loss near log(10),
// the loss of a guess, and a gradient for each parameter.
func TestEveryPresetRuns(t *testing.T) {
	for _, p := range Presets() {
		t.Run(p.Name, func(t *testing.T) {
			m := fresh(t, p.Name)
			s, err := graph.NewTraining(m.Params, m.Net(), m.Config(4, 1))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			x := s.Input().Data().([]float32)
			for i := range x {
				x[i] = float32(i%7) / 3
			}
			for i := range s.Labels() {
				s.Labels()[i] = int32(i)
			}
			loss, err := s.Step(4, 0)
			if err != nil {
				t.Fatal(err)
			}
			if !(loss > 0.5 && loss < 20) {
				t.Errorf("the first loss is %v, want something near that of a guess, 2.3", loss)
			}
			learned := 0
			for _, p := range m.Params.All() {
				if p.Trainable() {
					learned++
				}
			}
			if got := len(s.Learned()); got != learned {
				t.Errorf("%d derivatives for %d trainable parameters", got, learned)
			}
			sum, err := m.Summary()
			if err != nil {
				t.Fatal(err)
			}
			if sum.Params != m.Params.Count() {
				t.Errorf("the summary counts %d parameters, the store %d", sum.Params, m.Params.Count())
			}
		})
	}
}

func TestSummary(t *testing.T) {
	s, err := fresh(t, "cnn").Summary()
	if err != nil {
		t.Fatal(err)
	}
	// 2 x (26x26x32x9 + 24x24x64x288 + 9216x128 + 128x10)
	if want := int64(2 * (26*26*32*9 + 24*24*64*288 + 9216*128 + 1280)); s.FLOPs != want {
		t.Errorf("%d FLOPs, want %d", s.FLOPs, want)
	}
	text := s.String()
	for _, want := range []string{"conv2     conv     24x24x64      18,496  21,233,664", "total                         1,199,882  23,984,896"} {
		if !strings.Contains(text, want) {
			t.Errorf("the summary lacks the line %q:\n%s", want, text)
		}
	}
	if h := s.HTML(); strings.Count(h, "<tr>") != len(s.Layers)+2 {
		t.Errorf("the HTML has another number of rows than header, layers and total:\n%s", h)
	}
}

func TestRegistry(t *testing.T) {
	if _, err := Lookup("cmm"); !errors.Is(err, ErrUnknownPreset) || !strings.Contains(err.Error(), `"cmm"`) || !strings.Contains(err.Error(), "cnn, fast, lenet5") {
		t.Errorf("error is %v, want the unknown and the known names", err)
	}
	for _, tc := range []struct {
		name string
		net  graph.Net
		want string
	}{
		{"cnn", CNN, `model: cnn.go:9 and model_test.go:`},
		{"", CNN, `registers a network as "": a name has only letters`},
		{"my net", CNN, `registers a network as "my net"`},
		{"a/b", CNN, `registers a network as "a/b"`},
		{"new", nil, `registers "new" with a nil network`},
	} {
		func() {
			defer func() {
				if r := fmt.Sprint(recover()); !strings.Contains(r, tc.want) {
					t.Errorf("Register(%q, %t) panics with %s, want %q in it", tc.name, tc.net != nil, r, tc.want)
				}
			}()
			Register(tc.name, "", tc.net)
		}()
	}
	if !slices.IsSortedFunc(Presets(), func(a, b Preset) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("the presets are not sorted: %v", Presets())
	}
}

func TestSaveAndLoad(t *testing.T) {
	for _, p := range Presets() {
		t.Run(p.Name, func(t *testing.T) {
			m := fresh(t, p.Name)
			m.Dataset, m.Accuracy, m.Mean, m.Std = "mnist", 0.9876, 0.1, 0.3
			m.Classes[3] = "drei \"3\""
			dir := t.TempDir()
			one, two := filepath.Join(dir, "1"), filepath.Join(dir, "2")
			if err := m.Save(one); err != nil {
				t.Fatal(err)
			}
			back, err := Load(one)
			if err != nil {
				t.Fatal(err)
			}
			if back.String() != m.String() || !slices.Equal(back.Classes, m.Classes) || back.Mean != m.Mean || back.Std != m.Std {
				t.Errorf("loaded %v %v, saved %v %v", back, back.Classes, m, m.Classes)
			}
			for _, p := range m.Params.All() {
				a, b := p.Value().Data().([]float32), back.Params.Get(p.Name()).Value().Data().([]float32)
				if !slices.Equal(a, b) {
					t.Errorf("parameter %s is not what was saved", p.Name())
				}
			}
			if err := back.Save(two); err != nil {
				t.Fatal(err)
			}
			a, _ := os.ReadFile(one)
			b, _ := os.ReadFile(two)
			if len(a) == 0 || !slices.Equal(a, b) {
				t.Error("saved again, the file has other bytes")
			}
		})
	}
}

// The file has PyTorch's axis order: the inputs of cnn's first dense layer are ordered by
// channel, then row, then column.
func TestFileHasPyTorchOrder(t *testing.T) {
	m := fresh(t, "cnn")
	conv := m.Params.Get("conv2.weight").Value().Data().([]float32) // 3 3 32 64
	fc := m.Params.Get("fc1.weight").Value().Data().([]float32)     // (12 12 64) 128
	path := filepath.Join(t.TempDir(), "m")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Parse(content)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name  string
		shape []int
		at    int // in the file
		want  float32
	}{
		// out 7, in 5, row 2, column 1
		{"conv2.weight", []int{64, 32, 3, 3}, ((7*32+5)*3+2)*3 + 1, conv[((2*3+1)*32+5)*64+7]},
		// out 9, channel 60, row 11, column 3
		{"fc1.weight", []int{128, 9216}, 9*9216 + (60*12+11)*12 + 3, fc[((11*12+3)*64+60)*128+9]},
	} {
		x := f.Get(tc.name)
		v, err := x.Float32s()
		if err != nil || !slices.Equal(x.Shape, tc.shape) {
			t.Fatalf("%s: shape %v, %v; want %v", tc.name, x.Shape, err, tc.shape)
		}
		if v[tc.at] != tc.want {
			t.Errorf("%s: element %d is %v, want %v", tc.name, tc.at, v[tc.at], tc.want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	m := fresh(t, "tiny")
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	if err := m.Save(good); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	edit := func(change func(f *safetensors.File)) []byte {
		f, err := safetensors.Parse(slices.Clone(content))
		if err != nil {
			t.Fatal(err)
		}
		change(f)
		f.Metadata[keySum] = checksum(f)
		var b strings.Builder
		if err := f.Write(&b); err != nil {
			t.Fatal(err)
		}
		return []byte(b.String())
	}
	meta := func(key, value string) []byte {
		return edit(func(f *safetensors.File) { f.Metadata[key] = value })
	}
	nan := []byte{0, 0, 0xc0, 0x7f}
	for name, tc := range map[string]struct {
		content []byte
		is      error
		want    string
	}{
		"cut off":         {content[:len(content)-5], ErrDamaged, `cut off`},
		"another program": {edit(func(f *safetensors.File) { delete(f.Metadata, keyVersion) }), ErrNotModel, `inkstone.version`},
		"newer":           {meta(keyVersion, "4"), ErrNewerVersion, `version 4`},
		"unknown model":   {meta(keyPreset, "huge"), ErrUnknownPreset, `"huge"`},
		"other model":     {meta(keyPreset, "lenet5"), ErrMismatch, `"lenet5": missing`},
		"no model":        {meta(keyPreset, ""), ErrUnknownPreset, `""`},
		"size of zero":    {meta(keyInput, "[0,0,1]"), ErrDamaged, `images of 0x0`},
		"no classes":      {meta(keyClasses, "null"), ErrDamaged, "0 classes, want at least 2"},
		"no size":         {meta(keyInput, "28"), ErrDamaged, `inkstone.input is "28"`},
		"absurd size":     {meta(keyInput, "[1000000,1000000,1]"), ErrDamaged, `1000000x1000000`},
		"broken classes":  {meta(keyClasses, "0,1"), ErrDamaged, `inkstone.classes is "0,1"`},
		"too few classes": {meta(keyClasses, `["a"]`), ErrDamaged, "1 classes, want at least 2"},
		"other classes":   {meta(keyClasses, `["a","b"]`), ErrMismatch, `"fc1.weight": shape [10 16], want [2 16]`},
		"no deviation":    {meta(keyStd, "0"), ErrDamaged, "deviation above 0"},
		"broken accuracy": {meta(keyAccuracy, "1.5"), ErrDamaged, `inkstone.accuracy is "1.5"`},
		"huge images":     {edit(func(f *safetensors.File) { f.Metadata[keyPreset], f.Metadata[keyInput] = "cnn", "[512,512,1]" }), ErrMismatch, `parameter "fc1.weight" of shape [128 4129024]: more parameters than the limit`},
		"tensor missing":  {edit(func(f *safetensors.File) { f.Tensors = f.Tensors[1:] }), ErrMismatch, "missing conv1.weight; unknown none"},
		"tensor too many": {edit(func(f *safetensors.File) { f.Tensors = append(f.Tensors, safetensors.Float32("x", nil, []float32{1})) }), ErrMismatch, "missing none; unknown x"},
		"tensor of NaN":   {edit(func(f *safetensors.File) { copy(f.Tensors[0].Data[8:], nan) }), ErrDamaged, `"conv1.weight" holds NaN at index 2`},
		"tensor of shape": {edit(func(f *safetensors.File) { f.Tensors[0].Shape = []int{8, 9} }), ErrMismatch, `"conv1.weight": shape [8 9], want [8 1 3 3]`},
		"tensor of ints":  {edit(func(f *safetensors.File) { f.Tensors[0].DType = "I32" }), ErrMismatch, `"conv1.weight" has the type I32`},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, "bad")
			if err := os.WriteFile(path, tc.content, 0o666); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path)
			if !errors.Is(err, tc.is) || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error is %v, want %v with %q and the file's name in it", err, tc.is, tc.want)
			}
		})
	}
	if _, err := Load(filepath.Join(dir, "absent")); err == nil || !strings.Contains(err.Error(), "absent") {
		t.Errorf("error is %v, want one that names the absent file", err)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, tc := range []struct {
		spec Spec
		want string
	}{
		{Spec{Preset: "none", Height: 28, Width: 28, Classes: Digits()}, `unknown model "none"`},
		{Spec{Preset: "cnn", Height: 0, Width: 28, Classes: Digits()}, "images of 0x28"},
		{Spec{Classes: []string{}}, "0 classes"},
		{Spec{Preset: "cnn", Height: 28, Width: 28, Classes: Digits(), Mean: 0.1, Std: -1}, "deviation -1"},
		{Spec{Preset: "cnn", Height: 4, Width: 2, Classes: Digits()}, `model "cnn" on images of 4x2: conv "conv1"`},
	} {
		if _, err := New(tc.spec); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("New(%+v): error is %v, want %q in it", tc.spec, err, tc.want)
		}
	}
}

func TestNewFillsIn(t *testing.T) {
	m, err := New(Spec{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := m.String(), "cnn: 28x28x1 to 10 classes, 1,199,882 parameters"; got != want {
		t.Errorf("the model of an empty Spec is %q, want %q", got, want)
	}
}

func TestReplace(t *testing.T) {
	for _, units := range []int{3, 4} { // as when a notebook's cell is run again
		Replace("replaced", "for this test", func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Dense("fc2", b.Dense("fc1", b.Flatten(x), units), b.Classes())
		})
		m, err := New(Spec{Preset: "replaced"})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := m.Params.Count(), 784*units+units+units*10+10; got != want {
			t.Errorf("%d parameters, want %d", got, want)
		}
	}
	presets = slices.DeleteFunc(presets, func(p Preset) bool { return p.Name == "replaced" })
}

// A call during another call of the same classifier is an error.
func TestClassifierIsForOneGoroutine(t *testing.T) {
	c, err := fresh(t, "tiny").Classifier(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	image := make([]byte, 28*28)
	var during, duringToo error
	if _, err := c.Logits(1, func(int) []byte {
		done := make(chan bool)
		go func() {
			_, during = c.Logits(1, func(int) []byte { return image })
			_, duringToo = c.Probabilities(image)
			done <- true
		}()
		<-done
		return image
	}); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(during, ErrBusy) || !errors.Is(duringToo, ErrBusy) || !strings.Contains(during.Error(), "tiny") {
		t.Errorf("errors %v and %v, want %v", during, duringToo, ErrBusy)
	}
	if _, err := c.Probabilities(image); err != nil {
		t.Errorf("after the call: %v", err)
	}
}

func TestClassifier(t *testing.T) {
	m := fresh(t, "tiny")
	many, err := m.Classifier(3, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer many.Close()
	one, err := m.Classifier(1, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	image := func(i int) []byte {
		p := make([]byte, 28*28)
		for j := range p {
			p[j] = byte(j * (i + 3))
		}
		return p
	}
	logits, err := many.Logits(2, image)
	if err != nil {
		t.Fatal(err)
	}
	if len(logits) != 20 {
		t.Fatalf("%d logits for two images, want 20", len(logits))
	}
	p, err := one.Probabilities(image(1))
	if err != nil {
		t.Fatal(err)
	}
	want := softmax(logits[10:])
	sum := 0.0
	for i := range p {
		sum += p[i]
		if d := p[i] - want[i]; d > 1e-6 || d < -1e-6 {
			t.Errorf("class %d: probability %v in a batch of one, %v in a batch of three", i, p[i], want[i])
		}
	}
	if sum < 0.999999 || sum > 1.000001 {
		t.Errorf("the probabilities add up to %v", sum)
	}
	for _, n := range []int{0, 4} {
		if _, err := many.Logits(n, image); err == nil || !strings.Contains(err.Error(), fmt.Sprint(n, " images, want 1 to 3")) {
			t.Errorf("%d images: error is %v", n, err)
		}
	}
	if _, err := one.Probabilities(make([]byte, 7)); err == nil || !strings.Contains(err.Error(), "7 pixels, want 28x28 = 784") {
		t.Errorf("seven pixels: error is %v", err)
	}
}

func Example() {
	m, err := New(Spec{Preset: "tiny", Seed: 1, Height: 28, Width: 28, Classes: Digits()})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m)
	// Output: tiny: 28x28x1 to 10 classes, 9,914 parameters
}

// Register adds a network of the program to the presets.
func ExampleRegister() {
	Register("linear", "no hidden layer", func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Dense("fc1", b.Flatten(x), b.Classes())
	})
	m, err := New(Spec{Preset: "linear", Height: 28, Width: 28, Classes: Digits()})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m)
	// Output: linear: 28x28x1 to 10 classes, 7,850 parameters
}
