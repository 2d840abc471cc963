package npz

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"inkstone/model/safetensors"
)

func TestRoundTrip(t *testing.T) {
	a := Archive{Arrays: []safetensors.Tensor{
		safetensors.Float32("conv1.weight", []int{2, 1, 3}, []float32{1, 2, 3, 4, 5, 6}),
		safetensors.Float32("bias", []int{2}, []float32{7, 8}),
		safetensors.Float32("scalar", nil, []float32{9}),
		{Name: "counts", DType: "I64", Shape: []int{0, 3}},
	}, Texts: map[string]string{"b.json": "{}", "a.json": "[]"}}
	var first, second bytes.Buffer
	if err := a.Write(&first); err != nil {
		t.Fatal(err)
	}
	read, err := Parse(first.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if x := read.Arrays[0]; x.Name != "conv1.weight" || x.DType != "F32" || len(x.Shape) != 3 || !bytes.Equal(x.Data, a.Arrays[0].Data) {
		t.Errorf("the first array is %+v", x)
	}
	if len(read.Arrays) != 4 || len(read.Arrays[2].Shape) != 0 || read.Texts["a.json"] != "[]" {
		t.Errorf("the archive is %+v", read)
	}
	if err := read.Write(&second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("the archive differs after another round, %v", err)
	}
	if !bytes.Contains(first.Bytes(), []byte("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }")) {
		t.Error("a shape with one axis has no comma")
	}
}

// archive returns a zip archive with one file.
func archive(t *testing.T, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create(name) // packed
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// array returns a .npy file.
func array(dictionary, data string) string {
	return "\x93NUMPY\x01\x00" + string(rune(len(dictionary))) + "\x00" + dictionary + data
}

func TestParseFortranOrder(t *testing.T) {
	a, err := Parse(archive(t, "w.npy", array("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", "adbecf")))
	if err != nil || string(a.Arrays[0].Data) != "abcdef" || a.Arrays[0].DType != "U8" {
		t.Fatalf("%+v, %v, want the bytes abcdef", a, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for want, content := range map[string][]byte{
		"not a valid zip file":        []byte("PK"),
		"it is no .npy file":          archive(t, "a.npy", "hello, hello"),
		"want a type without fields":  archive(t, "a.npy", array("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,), }", "aaaa")),
		"little-endian numbers":       archive(t, "a.npy", array("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "aaaa")),
		"needs 8 bytes, it has 4":     archive(t, "a.npy", array("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "aaaa")),
		"its shape is (9999999999,)":  archive(t, "a.npy", array("{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999,), }", "aaaa")),
		"its header has a length of":  archive(t, "a.npy", "\x93NUMPY\x01\x00\xff\xff{'descr'"),
		"its shape is (99999999, 999": archive(t, "a.npy", array("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999, 99999999, 99999999), }", "")),
	} {
		if _, err := Parse(content); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}

func TestParseLimit(t *testing.T) {
	content := archive(t, "a.npy", array("{'descr': '|u1', 'fortran_order': False, 'shape': (100000,), }", strings.Repeat("\x00", 100000)))
	if _, err := parse(content, 100200); err != nil {
		t.Error(err)
	}
	if _, err := parse(content, 99999); err == nil || !strings.Contains(err.Error(), "too much memory") {
		t.Errorf("error is %v for %d packed bytes, want one about the memory", err, len(content))
	}
}

// FuzzParse checks that an archive which Parse accepts is written and parsed again.
func FuzzParse(f *testing.F) {
	a := Archive{Arrays: []safetensors.Tensor{safetensors.Float32("w", []int{2, 1}, []float32{1, 2})}, Texts: map[string]string{"a": "b"}}
	var b bytes.Buffer
	if err := a.Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, content []byte) {
		a, err := Parse(content)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := a.Write(&b); err != nil {
			return // a text with the name of an array
		}
		if _, err := Parse(b.Bytes()); err != nil {
			t.Fatal(err)
		}
	})
}
