package npz

import (
	"bytes"
	"encoding/binary"
	"flag"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"inkstone/model/safetensors"
)

var python = flag.String("numpy", "", "Python `program` with NumPy, for TestNumPy")

// numPyScript writes archives to a folder, and reads ours.npz in it.
const numPyScript = `
import sys, numpy
dir = sys.argv[1]
a = numpy.arange(24, dtype="<f4").reshape(2, 3, 4)
arrays = {"a": a, "fortran": numpy.asfortranarray(a), "half": a.astype("<f2"), "double": a[0].astype("<f8"), "long": numpy.arange(5),
          "scalar": numpy.float32(7), "empty": numpy.zeros((0, 3), "<f4"), "bool": numpy.array([True, False]), "bytes": numpy.arange(3, dtype="u1")}
numpy.savez(dir + "/stored.npz", **arrays)
numpy.savez_compressed(dir + "/packed.npz", **arrays)
numpy.savez(dir + "/bigendian.npz", a=a.astype(">f4"))
numpy.savez(dir + "/objects.npz", a=numpy.array([{}, None], dtype=object))
numpy.savez(dir + "/texts.npz", a=numpy.array(["b", "cd"]))
ours = numpy.load(dir + "/ours.npz")
print([(k, ours[k].dtype.str, ours[k].shape, float(ours[k].sum())) for k in ours.files if k != "inkstone.json"], ours["inkstone.json"])
`

// TestNumPy reads what NumPy writes, and lets NumPy read what Write writes.
func TestNumPy(t *testing.T) {
	if *python == "" {
		t.Skip("-numpy names no Python program")
	}
	dir := t.TempDir()
	ours := Archive{Arrays: []safetensors.Tensor{
		safetensors.Float32("conv1.weight", []int{2, 1, 3}, []float32{1, 2, 3, 4, 5, 6}),
		safetensors.Float32("scalar", nil, []float32{9}),
		{Name: "counts", DType: "I64", Shape: []int{0, 3}},
	}, Texts: map[string]string{"inkstone.json": "{}"}}
	var b bytes.Buffer
	if err := ours.Write(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ours.npz"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), *python, "-c", numPyScript, dir).CombinedOutput()
	want := `[('conv1.weight', '<f4', (2, 1, 3), 21.0), ('scalar', '<f4', (), 9.0), ('counts', '<i8', (0, 3), 0.0)] b'{}'`
	if have := strings.TrimSpace(string(out)); err != nil || have != want {
		t.Fatalf("NumPy reads %s (%v), want %s", have, err, want)
	}
	read := func(name string) (*Archive, error) {
		content, err := os.ReadFile(filepath.Join(dir, name+".npz"))
		if err != nil {
			t.Fatal(err)
		}
		return Parse(content)
	}
	for _, name := range []string{"stored", "packed"} {
		a, err := read(name)
		if err != nil {
			t.Fatal(err)
		}
		shapes := map[string][]int{}
		for _, x := range a.Arrays {
			shapes[x.Name] = x.Shape
			if x.Name != "a" && x.Name != "fortran" {
				continue
			}
			for i := range 24 {
				if v := math.Float32frombits(binary.LittleEndian.Uint32(x.Data[4*i:])); v != float32(i) {
					t.Errorf("%s: element %d of %s is %v", name, i, x.Name, v)
				}
			}
		}
		for k, shape := range map[string][]int{
			"a": {2, 3, 4}, "fortran": {2, 3, 4}, "half": {2, 3, 4}, "double": {3, 4}, "long": {5}, "scalar": {}, "empty": {0, 3}, "bool": {2}, "bytes": {3},
		} {
			if have, ok := shapes[k]; !ok || !slices.Equal(have, shape) {
				t.Errorf("%s: %s has the shape %v, want %v", name, k, have, shape)
			}
		}
	}
	for name, want := range map[string]string{
		"bigendian": `array "a": its type is ">f4", want little-endian numbers`,
		"objects":   `array "a": its type is "|O", want`,
		"texts":     `array "a": its type is "<U2", want`,
	} {
		if _, err := read(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want %q", name, err, want)
		}
	}
}
