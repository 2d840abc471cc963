package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/model"
)

// written runs the command and returns the file that it writes.
func written(t *testing.T, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := run(t.Context(), append(args, "-out", path), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestFormats(t *testing.T) {
	svg := written(t, "a.svg", "-model", "lenet5")
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(svg, "∂ weight") || svg != written(t, "b.svg", "-model", "lenet5") {
		t.Error("the drawing has no gradients, or differs when it is drawn again")
	}
	for name, args := range map[string][]string{
		"folded": {"-model", "lenet5"}, "unfolded": {"-model", "lenet5", "-unfold", "-batch", "2"}, "frozen": {"-model", "resnet", "-freeze", "conv1*,bn1*"},
	} {
		img, err := png.Decode(strings.NewReader(written(t, "a.png", args...)))
		if err != nil {
			t.Fatal(err)
		}
		dark := 0
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				if r, _, _, _ := img.At(x, y).RGBA(); r < 0x6000 {
					dark++
				}
			}
		}
		if size := img.Bounds().Dx() * img.Bounds().Dy(); size < 1e5 || dark < size/500 || dark > size/4 {
			t.Errorf("%s: %d of %d pixels are dark", name, dark, size)
		}
	}
	if dot := written(t, "a.dot", "-model", "tiny", "-evaluation"); !strings.HasPrefix(dot, "digraph") || strings.Contains(dot, "∂") || strings.Contains(dot, "loss") {
		t.Errorf("the graph of evaluation is %s", dot)
	}
	if strings.Contains(written(t, "a.svg", "-model", "lenet5", "-unfused"), ", fused<") {
		t.Error("with -unfused some layers are fused")
	}
}

// A run folder and a model file are drawn too.
func TestModelFile(t *testing.T) {
	m, err := model.New(model.Spec{Preset: "fast"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := m.Save(filepath.Join(dir, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	want := written(t, "a.svg", "-model", "fast")
	for _, name := range []string{dir, filepath.Join(dir, "model.safetensors")} {
		if written(t, "a.svg", "-model", name) != want {
			t.Errorf("the drawing of %s is not that of the preset", name)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, tc := range []struct{ args, want string }{
		{"-out a.pdf", "want a file that ends in .svg, .png or .dot"},
		{"-model nothing", "the known ones are best, cnn"},
		{"-model cnn x", `unexpected argument "x"`},
		{"-batch 0", "-batch is 0"},
		{"-freeze conv9*", "matches no parameter; there are conv1.weight"},
		{"-freeze *", "nothing is left to train"},
	} {
		var out bytes.Buffer
		err := run(t.Context(), append(strings.Fields(tc.args), "-model", "cnn")[:max(2, len(strings.Fields(tc.args)))], &out, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error is %v, want one line with %q", tc.args, err, tc.want)
		}
	}
}
