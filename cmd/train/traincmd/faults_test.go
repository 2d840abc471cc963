package traincmd

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/model/safetensors"
	"inkstone/train/data/digits"
	"inkstone/train/data/mnist"
	"inkstone/train/runfolder"
)

// faultRun is a run of few steps on few images that writes a checkpoint after every
// third.
func faultRun(t *testing.T, dir string, more ...string) []string {
	t.Helper()
	return append([]string{"-data", fewDigits(t), "-dataset", "mnist", "-model", "small", "-epochs", "3", "-batch", "16", "-checkpoint-steps", "3", "-out", dir}, more...)
}

// fewDigits is [digitsFolder] of 300 images.
func fewDigits(t *testing.T) string {
	t.Helper()
	return digitsFolder(t, 300)
}

// digitsFolder is a folder in the form of MNIST with n built-in digits to train on and
// 50 to test on: to draw and score ten thousand takes longer than such a run. Tests share
// it.
func digitsFolder(t *testing.T, n int) string {
	t.Helper()
	dir := filepath.Join(sharedFolder, fmt.Sprint("digits", n))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, part := range []struct {
		name string
		seed uint64
		n    int
	}{{"train", 1, n}, {"t10k", 2, 50}} {
		pixels, labels := digits.Generate(part.seed, part.n)
		for name, a := range map[string]*mnist.Array{
			"-images-idx3-ubyte": {Dims: []int{part.n, 28, 28}, Data: pixels},
			"-labels-idx1-ubyte": {Dims: []int{part.n}, Data: labels},
		} {
			var b bytes.Buffer
			if err := mnist.Encode(&b, a); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, part.name+name), b.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// mustFail runs the command and wants an error in one line with that text in it.
func mustFail(t *testing.T, want string, args ...string) {
	t.Helper()
	err := Run(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v: error is %v, want %q in one line", args, err, want)
	}
}

// mustRun runs the command.
func mustRun(t *testing.T, args ...string) {
	t.Helper()
	if err := Run(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
}

// A checkpoint that is not as it was written, or not of this run, is refused with the
// reason. The one before it is offered, and the run taken up from there ends as ever.
func TestBrokenCheckpoints(t *testing.T) {
	dir, other, images := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "other"), filepath.Join(t.TempDir(), "images")
	mustRun(t, faultRun(t, dir)...)
	mustRun(t, faultRun(t, other, "-model", "lenet5", "-epochs", "1")...)
	mustRun(t, faultRun(t, images, "-limit", "290", "-epochs", "1")...)
	last, previous := filepath.Join(dir, runfolder.CheckpointFile), filepath.Join(dir, runfolder.PreviousFile)
	read := func(path string) []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	good, before, want := read(last), read(previous), modelBytes(t, dir)
	flipped := bytes.Clone(good)
	flipped[len(flipped)/3] ^= 16
	newer := bytes.Replace(good, []byte(`"inkstone.checkpoint":"2"`), []byte(`"inkstone.checkpoint":"9"`), 1)
	for _, tc := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"truncated", good[:len(good)/2], "the file is cut off"},
		{"empty", nil, "0 bytes"},
		{"bit flipped", flipped, ""},
		{"newer", newer, "the file has version 9, this program reads up to 2: update Inkstone"},
		{"of another model", read(filepath.Join(other, runfolder.CheckpointFile)), `it belongs to another run: its model is "lenet5", this run's is "small"`},
		{"of other images", read(filepath.Join(images, runfolder.CheckpointFile)), `it belongs to another run: its training set is "mnist, 266 images`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for path, content := range map[string][]byte{last: tc.content, previous: before} {
				if err := os.WriteFile(path, content, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			mustFail(t, tc.want, "-resume", dir)
			mustFail(t, "; the checkpoint before it is good: -resume "+previous, "-resume", dir)
			if !bytes.Equal(read(last), tc.content) || !bytes.Equal(read(previous), before) {
				t.Error("the refusal changed a checkpoint")
			}
			mustRun(t, "-resume", previous)
			if !bytes.Equal(modelBytes(t, dir), want) {
				t.Error("resumed from the previous checkpoint, the run ends with another model")
			}
		})
	}
	if err := os.WriteFile(last, flipped, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(previous, good[:100], 0o666); err != nil {
		t.Fatal(err)
	}
	mustFail(t, "checkpoint "+last, "-resume", dir)
}

// A run that diverges says where, and leaves checkpoints of the time before, from which
// it can be resumed.
func TestDivergence(t *testing.T) {
	for _, tc := range []struct{ rate, schedule, want string }{
		{"1e8", "onecycle:start=1e9", "after 4 steps: the parameter bn2.running_var is not finite: the training diverged; try a learning rate below 1e+08"},
		{"1e38", "constant", "step 2: the loss is NaN: the training diverged, first in the parameter bn1.running_mean; try a learning rate below 1e+38"},
	} {
		dir := filepath.Join(t.TempDir(), "run")
		mustFail(t, tc.want, faultRun(t, dir, "-model", "tiny", "-optimizer", "sgd", "-lr", tc.rate, "-schedule", tc.schedule, "-checkpoint-steps", "1")...)
		kept := 0
		for _, name := range []string{runfolder.CheckpointFile, runfolder.PreviousFile} {
			content, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				continue
			}
			kept++
			f, err := safetensors.Parse(content)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range f.Tensors {
				values, err := x.Float32s()
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range values {
					if strings.HasPrefix(x.Name, "param/") && v-v != 0 {
						t.Fatalf("%s: %s holds %v", name, x.Name, v)
					}
				}
			}
		}
		if _, err := os.Stat(filepath.Join(dir, runfolder.CheckpointFile)); tc.schedule != "constant" && (kept != 2 || err != nil) {
			t.Errorf("%d checkpoints are left, want the last two before the divergence", kept)
		}
		mustFail(t, tc.want, "-resume", dir)
	}
	// Without a checkpoint after each step the validation would be the first to see it.
	mustFail(t, "try a learning rate below 1e+20", faultRun(t, filepath.Join(t.TempDir(), "run"),
		"-optimizer", "sgd", "-lr", "1e20", "-schedule", "constant", "-batch", "275", "-checkpoint-steps", "0")...)
}
