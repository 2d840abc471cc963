package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"inkstone/model"
	"inkstone/model/safetensors"
	"inkstone/train/runfolder"
)

// plain returns the parameters of a model as PyTorch would write them, without metadata of
// Inkstone and changed by edit.
func plain(t *testing.T, m *model.Model, edit func(f *safetensors.File)) []byte {
	t.Helper()
	f := &safetensors.File{Metadata: map[string]string{"format": "pt"}}
	for _, p := range m.Params.All() {
		f.Tensors = append(f.Tensors, safetensors.Float32(p.Name(), p.PortableShape(), p.Portable()))
	}
	if edit != nil {
		edit(f)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// converted returns an edit that stores every tensor in another type.
func converted(dtype string, size int, put func(b []byte, v float32)) func(f *safetensors.File) {
	return func(f *safetensors.File) {
		for i := range f.Tensors {
			x := &f.Tensors[i]
			data := make([]byte, len(x.Data)/4*size)
			for k := range len(x.Data) / 4 {
				put(data[k*size:], math.Float32frombits(binary.LittleEndian.Uint32(x.Data[4*k:])))
			}
			x.DType, x.Data = dtype, data
		}
	}
}

// half returns the binary16 number nearest below v in magnitude, of the range of weights.
func half(v float32) uint16 {
	bits := math.Float32bits(v)
	exp := int(bits>>23&255) - 127 + 15
	if exp <= 0 {
		return uint16(bits >> 31 << 15)
	}
	return uint16(bits>>31<<15) | uint16(exp)<<10 | uint16(bits>>13&1023)
}

func prefixed(prefix string) func(f *safetensors.File) {
	return func(f *safetensors.File) {
		for i := range f.Tensors {
			f.Tensors[i].Name = prefix + f.Tensors[i].Name
		}
	}
}

// Model files of other programs are read if -preset names the network, and refused with the
// reason if they cannot be.
func TestModelFilesOfOthers(t *testing.T) {
	m, err := model.Load(trainedModel(t, "fast"))
	if err != nil {
		t.Fatal(err)
	}
	dir, data := t.TempDir(), smallTest(t, 300)
	own := filepath.Join(dir, "own.safetensors")
	if err := m.Save(own); err != nil {
		t.Fatal(err)
	}
	inkstone, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	extra := func(f *safetensors.File) {
		f.Tensors = append(f.Tensors, safetensors.Float32("criterion.weight", []int{3}, []float32{1, 2, 3}))
	}
	count := func(f *safetensors.File) {
		f.Tensors = append(f.Tensors, safetensors.Tensor{Name: "bn1.num_batches_tracked", DType: "I64", Data: make([]byte, 8)})
	}
	int8s := func(f *safetensors.File) {
		converted("I8", 1, func(b []byte, v float32) { b[0] = byte(int8(100 * v)) })(f)
	}
	nan := func(f *safetensors.File) {
		binary.LittleEndian.PutUint32(f.Tensors[0].Data, math.Float32bits(float32(math.NaN())))
	}
	double := func(b []byte, v float32) { binary.LittleEndian.PutUint64(b, math.Float64bits(float64(v))) }
	brain := func(b []byte, v float32) { binary.LittleEndian.PutUint16(b, uint16(math.Float32bits(v)>>16)) }
	checkpoint := func(f *safetensors.File) { f.Metadata["inkstone.checkpoint"] = "1" }
	twice := func(f *safetensors.File) {
		for _, x := range slices.Clone(f.Tensors) {
			f.Tensors = append(f.Tensors, safetensors.Tensor{Name: "ema." + x.Name, DType: x.DType, Shape: x.Shape, Data: x.Data})
		}
		prefixed("model.")(&safetensors.File{Tensors: f.Tensors[:len(f.Tensors)/2]})
	}
	for _, tc := range []struct {
		name    string
		content []byte
		note    string // part of what is printed beside the answer
		is      error  // nil for a file that is read
		want    string // part of the error
	}{
		{"own", inkstone, "", nil, ""},
		{"plain", plain(t, m, nil), "with the classes 0,1,2,3,4,5,6,7,8,9, on images of 28x28 with the mean 0.1307", nil, ""},
		{"without metadata", plain(t, m, func(f *safetensors.File) { f.Metadata = nil }), "read as fast", nil, ""},
		{"scalar", plain(t, m, count), "", nil, ""},
		{"F64", plain(t, m, converted("F64", 8, double)), "", nil, ""},
		{"BF16", plain(t, m, converted("BF16", 2, brain)), "", nil, ""},
		{"F16", plain(t, m, converted("F16", 2, func(b []byte, v float32) { binary.LittleEndian.PutUint16(b, half(v)) })), "", nil, ""},
		{"module.", plain(t, m, prefixed("module.")), "the prefix module. was removed", nil, ""},
		{"_orig_mod.", plain(t, m, prefixed("_orig_mod.")), "the prefix _orig_mod. was removed", nil, ""},
		{"model.", plain(t, m, prefixed("model.")), "the prefix model. was removed", nil, ""},
		{"net.", plain(t, m, prefixed("net.")), "the prefix net. was removed", nil, ""},
		{"0.", plain(t, m, prefixed("0.")), "the prefix 0. was removed", nil, ""},
		{"two prefixes", plain(t, m, prefixed("_orig_mod.module.")), "the prefix _orig_mod.module. was removed", nil, ""},
		{"prefix and counter", plain(t, m, func(f *safetensors.File) { prefixed("module.")(f); count(f) }), "the prefix module. was removed", nil, ""},

		{"two networks", plain(t, m, twice), "", model.ErrMismatch, `both after "ema." and after "model."`},
		{"int8", plain(t, m, int8s), "", model.ErrMismatch, `tensor "conv1.weight" has the type I8 (8-bit integers, of a quantized network), want F32, F16, BF16 or F64`},
		{"extra", plain(t, m, extra), "", model.ErrMismatch, "unknown criterion.weight"},
		{"NaN", plain(t, m, nan), "", model.ErrDamaged, `"conv1.weight" holds NaN at index 0`},
		{"cut off", inkstone[:len(inkstone)/2], "", model.ErrDamaged, "the file is cut off"},
		{"empty", nil, "", model.ErrDamaged, "0 bytes"},
		{"checkpoint", plain(t, m, checkpoint), "", model.ErrOtherFormat, "a checkpoint of a run, for -resume; the model is in model.safetensors beside it"},
		{"git-lfs", []byte("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345678\n"), "", model.ErrOtherFormat, "git lfs pull"},
		{"HTML", []byte("<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head></html>\n"), "", model.ErrOtherFormat, "a web page"},
		{"XML", []byte("\n<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"), "", model.ErrOtherFormat, "a web page"},
		{"pickle in a zip", append([]byte("PK\x03\x04"), make([]byte, 200)...), "", model.ErrOtherFormat, "torch.save writes (.pt, .pth); convert it in Python with safetensors.torch.save_file"},
		{"pickle", []byte("\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."), "", model.ErrOtherFormat, "a Python pickle"},
		{"NumPy archive", []byte("PK\x03\x04\x14\x00\x00\x00\x00\x00conv1.npy\x93NUMPY"), "", model.ErrDamaged, "npz: zip: not a valid zip file"},
		{"HDF5", []byte("\x89HDF\r\n\x1a\n\x00\x00"), "", model.ErrOtherFormat, "an HDF5 file"},
		{"picture", []byte("\x89PNG\r\n\x1a\n\x00\x00"), "", model.ErrOtherFormat, "a picture"},
		{"JSON", []byte(`{"weight_map": {"conv1.weight": "model-1.safetensors"}}`), "", model.ErrOtherFormat, "a JSON text"},
		{"gzip", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00"), "", model.ErrOtherFormat, "packed with gzip"},
	} {
		path := filepath.Join(dir, "file.safetensors")
		if err := os.WriteFile(path, tc.content, 0o666); err != nil {
			t.Fatal(err)
		}
		var out, notes bytes.Buffer
		err := run(t.Context(), []string{"-dataset", "mnist", "-data", data, "-json", "-model", path, "-preset", "fast"}, &out, &notes)
		if tc.is != nil {
			if !errors.Is(err, tc.is) || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: error %v, want %v with %q and the file's name in one line", tc.name, err, tc.is, tc.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		var s struct{ Accuracy float64 }
		if err := json.Unmarshal(out.Bytes(), &s); err != nil || s.Accuracy < 0.85 {
			t.Errorf("%s: accuracy %v, %v, want that of the model", tc.name, s.Accuracy, err)
		}
		if !strings.Contains(notes.String(), tc.note) || tc.name == "own" && notes.Len() > 0 {
			t.Errorf("%s: the notes are %q, want %q", tc.name, &notes, tc.note)
		}
	}
}

// The settings for files of other programs must fit the file.
func TestPresetAndClasses(t *testing.T) {
	dir := t.TempDir()
	classes := strings.Split("abcdefghijklmnopqrstuvwxyz", "")
	m, err := model.New(model.Spec{Preset: "fast", Classes: classes})
	if err != nil {
		t.Fatal(err)
	}
	own, foreign := filepath.Join(dir, "own.safetensors"), filepath.Join(dir, "foreign.safetensors")
	if err := errors.Join(m.Save(own), os.WriteFile(foreign, plain(t, m, nil), 0o666)); err != nil {
		t.Fatal(err)
	}
	list := strings.Join(classes, ",")
	for _, tc := range []struct{ args, want string }{
		{"-model " + foreign, "name the network with -preset"},
		{"-model " + foreign + " -preset fast", "the file's fc1.weight has shape 26x512, 10 classes need 10x512; -classes names the classes"},
		{"-model " + foreign + " -preset fast -classes a,b", "2 classes need 2x512; -classes names the classes"},
		{"-model " + foreign + " -preset cnn -classes " + list, "conv1.weight has shape 16x1x5x5, want 32x1x3x3"},
		{"-model " + own + " -preset cnn", `it holds the network "fast", -preset is "cnn"`},
		{"-model " + own + " -classes a,b", "its classes are a,b,c"},
		{"-model " + own + " -preset slow", `-preset: unknown model "slow"`},
		{"-model " + own + " -classes a,,b", "-classes is \"a,,b\": a name is empty"},
		{"-model " + own + " -std 0", "-std is 0, want above 0"},
		{"-model " + foreign + " -preset fast -classes " + list, "absent.png"}, // the model is read
		{"-model " + own + " -preset fast -classes " + list, "absent.png"},
	} {
		err := run(t.Context(), append(strings.Fields(tc.args), "absent.png"), &bytes.Buffer{}, &bytes.Buffer{})
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want %q", tc.args, err, tc.want)
		}
	}
}

// The names of files and folders may hold commas, and -model may be given more than once.
func TestNamesWithCommas(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lr=0.1,seed=2")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	var files []string
	for i, name := range []string{runfolder.ModelFile, "a,b.safetensors", "c.safetensors"} {
		m, err := model.New(model.Spec{Preset: "tiny", Seed: uint64(i)})
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, filepath.Join(dir, name))
		if err := m.Save(files[i]); err != nil {
			t.Fatal(err)
		}
	}
	absent := filepath.Join(dir, "x,y")
	for _, tc := range []struct {
		list string
		want []string
	}{
		{files[1], files[1:2]},
		{dir, []string{dir}},
		{files[1] + "," + files[2], files[1:]},
		{dir + "," + files[1] + "," + files[2], []string{dir, files[1], files[2]}},
		{"m,,n", []string{"m", "", "n"}},
		{"x,y", []string{"x", "y"}},
	} {
		if got := splitNames(tc.list); !slices.Equal(got, tc.want) {
			t.Errorf("%s is split into %q, want %q", tc.list, got, tc.want)
		}
	}
	data := smallTest(t, 20)
	for n, args := range map[int][]string{
		1: {"-model", dir},
		2: {"-model", files[1], "-model", files[2]},
		3: {"-model", dir + "," + files[1] + "," + files[2]},
	} {
		var out bytes.Buffer
		if err := run(t.Context(), append(args, "-data", data), &out, &bytes.Buffer{}); err != nil {
			t.Errorf("%v: %v", args, err)
		}
		if many := strings.Contains(out.String(), "mean over "+strconv.Itoa(n)+" models"); many != (n > 1) {
			t.Errorf("%v prints %q, want the mean over %d models", args, &out, n)
		}
	}
	if err := run(t.Context(), []string{"-model", absent, "-data", data}, &bytes.Buffer{}, &bytes.Buffer{}); err == nil {
		t.Error("absent files are read")
	}
}

// Flags may stand after the names of pictures.
func TestFlagsAfterPictures(t *testing.T) {
	m, err := model.New(model.Spec{Preset: "tiny"})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "model.safetensors")
	if err := m.Save(file); err != nil {
		t.Fatal(err)
	}
	err = run(t.Context(), []string{"absent.png", "-json", "-model", file}, &bytes.Buffer{}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "absent.png") {
		t.Errorf("error %v, want one about the picture alone", err)
	}
	var s *settings
	if s, err = parse([]string{"a.png", "-json", "b.png", "-model", file, "--", "-c.png"}, &bytes.Buffer{}); err != nil || !slices.Equal(s.pictures, []string{"a.png", "b.png", "-c.png"}) || !s.json {
		t.Errorf("parsed as %+v, %v", s, err)
	}
}
