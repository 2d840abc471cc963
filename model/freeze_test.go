package model

import (
	"slices"
	"strings"
	"testing"
)

func TestConvolutional(t *testing.T) {
	for preset, want := range map[string]string{
		"cnn":  "conv1.weight conv1.bias conv2.weight conv2.bias",
		"fast": "conv1.weight conv1.bias conv2.weight conv2.bias",
	} {
		names, err := fresh(t, preset).Convolutional()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: the convolutional part is %s, want %s", preset, got, want)
		}
	}
	for _, p := range Presets() {
		m := fresh(t, p.Name)
		if err := m.Freeze(); err != nil {
			t.Fatal(err)
		}
		for _, f := range m.Freezing().Params {
			if dense := strings.HasPrefix(f.Name, "fc"); f.Frozen == dense {
				t.Errorf("%s: that %s is frozen is %v", p.Name, f.Name, f.Frozen)
			}
		}
	}
}

func TestHead(t *testing.T) {
	for preset, want := range map[string]string{
		"cnn": "fc2.weight fc2.bias", "resnet": "fc1.weight fc1.bias", "lenet5": "fc3.weight fc3.bias",
	} {
		names, err := fresh(t, preset).Head()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: the head is %s, want %s", preset, got, want)
		}
	}
}

func TestGroups(t *testing.T) {
	groups := fresh(t, "tiny").Groups()
	if !slices.Equal(groups[0], []string{"fc1.weight", "fc1.bias"}) {
		t.Errorf("the first group from the head down is %v", groups[0])
	}
	last := groups[len(groups)-1]
	if want := "conv1.weight bn1.weight bn1.bias bn1.running_mean bn1.running_var"; strings.Join(last, " ") != want {
		t.Errorf("the last group is %v, want %s", last, want)
	}
}

func TestFreezing(t *testing.T) {
	m := fresh(t, "cnn")
	if err := m.Freeze("conv*", "!conv2.bias"); err != nil {
		t.Fatal(err)
	}
	f := m.Freezing()
	if want := 9*32 + 32 + 9*32*64; f.Frozen != want || f.Frozen+f.Trainable != m.Params.Count() {
		t.Errorf("%d elements are frozen and %d trainable, want %d of %d", f.Frozen, f.Trainable, want, m.Params.Count())
	}
	if got, want := f.Brief(), "18,752 parameters are frozen (conv1, conv2), 1,181,130 train"; got != want {
		t.Errorf("in brief %q, want %q", got, want)
	}
	for _, want := range []string{"conv2.weight  64x32x3x3  frozen        18,432\n", "conv2.bias    64         trainable         64\n"} {
		if !strings.Contains(f.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, f)
		}
	}
	if !strings.Contains(f.HTML(), "<td style=\"text-align:left\">frozen</td>") {
		t.Errorf("the page is %s", f.HTML())
	}
	if err := m.Unfreeze(); err != nil {
		t.Fatal(err)
	}
	if got := m.Freezing().Brief(); got != "nothing is frozen, 1,199,882 parameters train" {
		t.Errorf("in brief %q", got)
	}
	for _, err := range []error{m.Freeze("conv9*"), m.Unfreeze("conv9*")} {
		if err == nil || !strings.Contains(err.Error(), `freezing parameters of model "cnn": the pattern "conv9*" matches no parameter; there are conv1.weight`) {
			t.Errorf("error %v", err)
		}
	}
}
