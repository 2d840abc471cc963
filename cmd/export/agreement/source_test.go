package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/train/data/digits"
)

// sourceModels returns models whose logits the generated programs compute: all networks but the
// large ones, which have no other layers.
func sourceModels(t *testing.T) (list []*model.Model) {
	for _, p := range model.Presets() {
		m := vectorModel(t, p.Name)
		if m.Params.Count() < 150_000 {
			list = append(list, m)
		}
	}
	return list
}

// name returns the name of the package of a model.
func name(m *model.Model) string { return strings.ReplaceAll(m.Preset, "-", "_") }

// checkSource runs a program that reads images from its standard input and prints the logits of each
// model for each of them, and compares these with the session's.
func checkSource(t *testing.T, models []*model.Model, program string) {
	t.Helper()
	pixels, _ := digits.Generate(5, vectorImages)
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Stdin = bytes.NewReader(pixels)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range models {
		c, err := m.Classifier(vectorImages, 1)
		if err != nil {
			t.Fatal(err)
		}
		want, err := c.Logits(vectorImages, func(i int) []byte { return pixels[784*i : 784*(i+1)] })
		if err != nil {
			t.Fatal(err)
		}
		var have []float32
		for range want {
			var v float32
			line, rest, _ := bytes.Cut(out, []byte("\n"))
			out = rest
			if _, err := fmt.Sscan(string(line), &v); err != nil {
				t.Fatal(err)
			}
			have = append(have, v)
		}
		if d, err := compareLogits(want, have, 10); err != nil || d.largest > tolerance || d.other > 0 {
			t.Errorf("%s: the logits differ by %.1e, %v", m.Preset, d.largest, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("the program prints more: %.200s", out)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func build(t *testing.T, dir string, command ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%.3000s", command, err, out)
	}
}

func TestSourceGo(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command")
	}
	dir, models := t.TempDir(), sourceModels(t)
	imports, calls := "", ""
	for _, m := range models {
		var first, second strings.Builder
		if err := m.WriteGo(&first, name(m)); err != nil {
			t.Fatal(err)
		}
		if err := m.WriteGo(&second, name(m)); err != nil || first.String() != second.String() {
			t.Errorf("%s: the same model gives another file, %v", m.Preset, err)
		}
		write(t, filepath.Join(dir, name(m), "net.go"), first.String())
		imports += fmt.Sprintf("\t%q\n", "check/"+name(m))
		calls += fmt.Sprintf("\tfor i := range len(pixels) / 784 {\n\t\tx := [784]byte(pixels[784*i:])\n\t\tlogits := %s.Logits(&x)\n\t\tclass, p := %s.Predict(&x)\n"+
			"\t\tfor k, v := range logits {\n\t\t\tfmt.Println(v)\n\t\t\tif v > logits[class] || p[k] > p[class] {\n\t\t\t\tpanic(%q)\n\t\t\t}\n\t\t}\n\t}\n", name(m), name(m), name(m))
	}
	write(t, filepath.Join(dir, "go.mod"), "module check\n\ngo 1.24\n")
	write(t, filepath.Join(dir, "main.go"), "package main\n\nimport (\n\t\"fmt\"\n\t\"io\"\n\t\"os\"\n"+imports+")\n\nfunc main() {\n\tpixels, _ := io.ReadAll(os.Stdin)\n"+calls+"}\n")
	build(t, dir, "go", "build", "-o", "check", ".")
	checkSource(t, models, filepath.Join(dir, "check"))
}

func TestSourceC(t *testing.T) {
	compiler, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("there is no C compiler")
	}
	dir, models := t.TempDir(), sourceModels(t)
	declarations, calls, command := "", "", []string{compiler, "-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-o", "check", "main.c"}
	for _, m := range models {
		var content strings.Builder
		if err := m.WriteC(&content, name(m)); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name(m)+".c"), content.String())
		command = append(command, name(m)+".c")
		declarations += fmt.Sprintf("int %s_logits(const unsigned char *pixels, float *logits);\nint %s_predict(const unsigned char *pixels, float *p);\n", name(m), name(m))
		calls += fmt.Sprintf("\tfor (int i = 0; i < n; i++) {\n\t\tint k = %s_predict(pixels + 784 * i, y);\n\t\tfor (int j = 0; j < 10; j++) if (k < 0 || y[j] > y[k]) return 1;\n"+
			"\t\tif (%s_logits(pixels + 784 * i, y)) return 1;\n\t\tfor (int j = 0; j < 10; j++) printf(\"%%.9g\\n\", y[j]);\n\t}\n", name(m), name(m))
	}
	write(t, filepath.Join(dir, "main.c"), "#include <stdio.h>\n"+declarations+"int main(void) {\n\tstatic unsigned char pixels[784 * 100];\n\tfloat y[10];\n\tint n = fread(pixels, 784, 100, stdin);\n"+calls+"\treturn 0;\n}\n")
	build(t, dir, append(command, "-lm")...)
	checkSource(t, models, filepath.Join(dir, "check"))
}
