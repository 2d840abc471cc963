package peers

import (
	"context"
	"fmt"
	"strconv"
)

// mallocSettings keep freed memory in the process. Without them PyTorch allocates new pages in
// each training step.
var mallocSettings = []string{
	"MALLOC_MMAP_THRESHOLD_=4294967296", "MALLOC_TRIM_THRESHOLD_=8589934592", "MALLOC_TOP_PAD_=1073741824",
}

// slowProducts is the speed in GFLOP/s of products of matrices below which PyTorch must be
// using the reference BLAS instead of an optimized one.
const slowProducts = 15

type pytorch struct {
	folder  *Folder
	python  string
	missing string
	version struct {
		Version string
		GFLOPS  float64 `json:"product_gflops"`
	}
}

// findPyTorch looks for a Python with PyTorch. Without a name it also tries the Python of the
// operating system, because the first one of the search path is often another one.
func (f *Folder) findPyTorch(ctx context.Context, python string) *pytorch {
	candidates := []string{python}
	if python == "" {
		candidates = []string{"python3", "/usr/bin/python3"}
	}
	t := &pytorch{folder: f}
	for _, c := range candidates {
		err := t.call(ctx, &t.version, c, "--version")
		if err == nil {
			t.python, t.missing = c, ""
			return t
		}
		if t.missing == "" {
			t.missing = err.Error()
		}
	}
	return t
}

func (t *pytorch) peer() *Peer {
	p := &Peer{Name: "PyTorch", Version: t.version.Version, Missing: t.missing, Trains: true, measure: t.measure}
	if t.missing == "" && t.version.GFLOPS < slowProducts {
		p.Warning = fmt.Sprintf("its products of matrices reach only %.1f GFLOP/s; does it use an optimized BLAS? (Debian: apt-get install libopenblas0-pthread)", t.version.GFLOPS)
	}
	return p
}

func (t *pytorch) call(ctx context.Context, result any, python string, args ...string) error {
	return call(ctx, result, mallocSettings, python, append([]string{t.folder.file("pytorch.py")}, args...)...)
}

func (t *pytorch) measure(ctx context.Context, j Job) (*Figures, error) {
	var r struct {
		Figures
		Parameters int
	}
	err := t.call(ctx, &r, t.python, "--model", j.Model, "--images", t.folder.file("images"), "--labels", t.folder.file("labels"),
		"--threads", strconv.Itoa(j.Threads), "--batch", strconv.Itoa(j.Batch), "--forward-batch", strconv.Itoa(j.ForwardBatch),
		"--seconds", fmt.Sprint(j.Seconds))
	if err == nil {
		err = checkParameters(r.Parameters, j)
	}
	return &r.Figures, err
}

// export writes a network as an ONNX file and returns the number of its parameters.
func (t *pytorch) export(ctx context.Context, name, path string) (parameters int, err error) {
	var r struct{ Parameters int }
	err = t.call(ctx, &r, t.python, "--model", name, "--onnx", path)
	return r.Parameters, err
}

// checkParameters returns an error if a network cannot be the one of the job.
func checkParameters(n int, j Job) error {
	if n != j.Parameters {
		return fmt.Errorf("the network %q of pytorch.py has %d parameters, that of Inkstone has %d: they are different networks", j.Model, n, j.Parameters)
	}
	return nil
}
