package traincmd

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"inkstone/graph/kernelbench"
	"inkstone/model/safetensors"
)

// testdata/version1-run is a run folder of a version of Inkstone from before config.toml
// had a version number, on the portable kernels on amd64:
//
//	INKSTONE_KERNEL=portable train -data FEW -dataset mnist -val 40 -model tiny -epochs 1 -batch 16 \
//		-optimizer adamw -augment light -finish 0.5:none -until 99
//
// where FEW is the folder of fewDigits. It resumes to the model file that the version of
// then resumed to, byte for byte, except for the checksum, which files did not have then. Its
// weight-decay = 0 stands for adamw's default, 0.01.
func TestResumeOldRun(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skipf("the stored hash is of amd64, this is %s", runtime.GOARCH)
	}
	path := kernelbench.Path()
	if err := kernelbench.SetPath("portable"); err != nil {
		t.Fatal(err)
	}
	defer kernelbench.SetPath(path)
	dir := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(dir, os.DirFS("testdata/version1-run")); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "-resume", dir, "-data", fewDigits(t), "-epochs", "2")
	want := "680a4eff0875187edd879194a1d857b2f4b5881b7fb103d2d73a29af76de6560"
	for range 2 {
		f, err := safetensors.Parse(modelBytes(t, dir))
		if err != nil {
			t.Fatal(err)
		}
		delete(f.Metadata, "inkstone.sha256")
		h := sha256.New()
		if err := f.Write(h); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", h.Sum(nil)); got != want {
			t.Errorf("without its checksum, the model file has the SHA-256 %s, want %s", got, want)
		}
		mustRun(t, "-resume", dir) // with the configuration of today that the first time wrote
	}
}
