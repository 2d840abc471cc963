package safetensors

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"
)

// golden is a file written by hand from the format's description: one F32 tensor
// of shape [1 2] with the values 1 and -2.
func golden() []byte {
	header := `{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}} `
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(b, header...)
	return append(b, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0)
}

func TestGolden(t *testing.T) {
	f := &File{
		Metadata: map[string]string{"format": "pt"},
		Tensors:  []Tensor{Float32("w", []int{1, 2}, []float32{1, -2})},
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), golden()) {
		t.Errorf("wrote %q\nwant  %q", b.Bytes(), golden())
	}
	back, err := Parse(golden())
	if err != nil {
		t.Fatal(err)
	}
	w := back.Get("w")
	if w == nil || back.Metadata["format"] != "pt" || !slices.Equal(w.Shape, []int{1, 2}) {
		t.Fatalf("parsed %+v", back)
	}
	if v, err := w.Float32s(); err != nil || !slices.Equal(v, []float32{1, -2}) {
		t.Errorf("values %v, %v", v, err)
	}
	if back.Get("absent") != nil {
		t.Error("Get of an absent name is not nil")
	}
}

func TestRoundTrip(t *testing.T) {
	f := &File{Metadata: map[string]string{"b": "2", "a": "é\"\n"}, Tensors: []Tensor{
		Float32("z", []int{2, 0, 3}, nil),
		Float32("a", nil, []float32{7}),
		Float32("m", []int{3}, []float32{float32(math.Inf(1)), 0, -1e-40}),
	}}
	var one, two bytes.Buffer
	if err := f.Write(&one); err != nil {
		t.Fatal(err)
	}
	back, err := Parse(one.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := back.Write(&two); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Errorf("written again, the file differs:\n%q\n%q", one.Bytes(), two.Bytes())
	}
	if (one.Len()-4*4)%8 != 0 {
		t.Errorf("the data starts at byte %d, want a multiple of 8", one.Len()-4*4)
	}
}

func TestConversions(t *testing.T) {
	for _, tc := range []struct {
		dtype string
		data  []byte
		want  []float32
	}{
		{"F64", binary.LittleEndian.AppendUint64(nil, math.Float64bits(0.5)), []float32{0.5}},
		{"BF16", []byte{0x80, 0x3f, 0x00, 0xc0}, []float32{1, -2}},
		// binary16: 1, -2, the smallest subnormal 2^-24, the largest 65504, infinity
		{"F16", []byte{0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b, 0x00, 0x7c},
			[]float32{1, -2, 1.0 / (1 << 24), 65504, float32(math.Inf(1))}},
	} {
		x := Tensor{Name: "x", DType: tc.dtype, Data: tc.data}
		if got, err := x.Float32s(); err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, %v; want %v", tc.dtype, got, err, tc.want)
		}
	}
	if v, _ := (&Tensor{DType: "F16", Data: []byte{0x01, 0x7c}}).Float32s(); len(v) != 1 || v[0] == v[0] {
		t.Errorf("binary16 NaN became %v", v)
	}
	if _, err := (&Tensor{Name: "n", DType: "I64"}).Float32s(); err == nil || !strings.Contains(err.Error(), `"n" holds I64`) {
		t.Errorf("integers: error is %v", err)
	}
}

func TestRefusals(t *testing.T) {
	file := func(header string, data int) []byte {
		b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
		return append(append(b, header...), make([]byte, data)...)
	}
	for _, tc := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"empty", nil, "0 bytes, want at least 8"},
		{"header longer than the file", file("{}", 0)[:9], "length is 2, but only 1"},
		{"header of 2^63 bytes", binary.LittleEndian.AppendUint64(nil, 1<<63), "length is 9223372036854775808"},
		{"no object", file("[]", 0), "not a JSON object"},
		{"broken JSON", file(`{"a":`, 0), "header is broken"},
		{"more after the object", file(`{} {}`, 0), "more after"},
		{"unknown type", file(`{"a":{"dtype":"F31","shape":[],"data_offsets":[0,4]}}`, 4), `unknown type "F31"`},
		{"negative shape", file(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 4), "impossible shape [-1]"},
		{"overflowing shape", file(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}`, 4), "impossible shape"},
		{"wrong extent", file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 4), "needs 8 bytes"},
		{"cut off", golden()[:len(golden())-1], "cut off"},
		{"trailing bytes", append(golden(), 0), "1 bytes after the last tensor"},
		{"gap", file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2), "starts at byte 1 of the data, want 0"},
		{"overlap", file(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2), "gap or an overlap"},
		{"name given twice", file(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 0), `"a" is given twice`},
	} {
		if _, err := Parse(tc.content); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error is %v, want %q in it", tc.name, err, tc.want)
		}
	}
	twice := &File{Tensors: []Tensor{Float32("a", nil, []float32{1}), Float32("a", nil, []float32{1})}}
	if err := twice.Write(&bytes.Buffer{}); err == nil {
		t.Error("a name used twice was written")
	}
	short := &File{Tensors: []Tensor{Float32("a", []int{2}, []float32{1})}}
	if err := short.Write(&bytes.Buffer{}); err == nil {
		t.Error("a tensor with too few elements was written")
	}
}

// ReadMetadata reads no further than the header, and refuses the headers that Parse does.
func TestReadMetadata(t *testing.T) {
	r := bytes.NewReader(golden())
	meta, err := ReadMetadata(r)
	if err != nil || len(meta) != 1 || meta["format"] != "pt" {
		t.Errorf("metadata %v, %v; want format pt", meta, err)
	}
	if r.Len() != 8 {
		t.Errorf("%d bytes are unread, want the 8 of the data", r.Len())
	}
	for name, content := range map[string][]byte{
		"8 for the header's length": golden()[:7],
		"but only 12 bytes follow":  golden()[:20],
		"not a JSON object":         binary.LittleEndian.AppendUint64(nil, 0),
		"length is 18446744073709":  append(binary.LittleEndian.AppendUint64(nil, math.MaxUint64), "{}"...),
	} {
		if _, err := ReadMetadata(bytes.NewReader(content)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error is %v, want %q in it", err, name)
		}
	}
}

// FuzzParse holds that whatever parses can be written, and parses to the same.
func FuzzParse(f *testing.F) {
	f.Add(golden())
	f.Add(golden()[:20])
	f.Add(append(binary.LittleEndian.AppendUint64(nil, 2), "{}"...))
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := Parse(content)
		if err != nil {
			return
		}
		for i := range file.Tensors {
			file.Tensors[i].Float32s() // integers are refused; nothing may panic
		}
		var b bytes.Buffer
		if err := file.Write(&b); err != nil {
			t.Fatalf("parsed but not written: %v", err)
		}
		again, err := Parse(b.Bytes())
		if err != nil {
			t.Fatalf("written but not parsed: %v", err)
		}
		if len(again.Tensors) != len(file.Tensors) {
			t.Fatalf("%d tensors became %d", len(file.Tensors), len(again.Tensors))
		}
	})
}
